import { FairleadError } from "@fairlead/core";
import { listConnectors } from "@fairlead/host";
import type { ControlMethod } from "../control/control-server.js";
import { version } from "../version.js";
import type { Serving } from "./open-serving.js";

/** What a host answers on its control socket. @param url where it listens over HTTP, once it does */
export function controlMethods(
  serving: Serving,
  url: () => string | undefined,
): Readonly<Record<string, ControlMethod>> {
  const startedAtMs = Date.now();
  const { control } = serving.host;
  return {
    ping: () => {
      const listening = url();
      const host = { pid: process.pid, version, ageMs: Date.now() - startedAtMs };
      return listening === undefined ? host : { ...host, url: listening };
    },
    "servers/list": () => ({
      servers: serving.host.statuses().map((status) => ({ ...status, calls: serving.calls.of(status.name) })),
    }),
    "connectors/list": () => ({ connectors: listConnectors(serving.host.statuses()) }),
    reload: () => serving.reload(),
    restart: async (params) => {
      const server = serverOf(params);
      if (server === undefined) throw misuse("restart needs server, the name of one");
      await control.restart(server);
    },
    interrupt: (params) => ({ count: control.interrupt(serverOf(params)) }),
  };
}

function serverOf({ server }: Readonly<Record<string, unknown>>): string | undefined {
  if (server === undefined || typeof server === "string") return server;
  throw misuse("server is the name of one");
}

function misuse(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}
