import { isJsonObject } from "@fairlead/core";
import { connectControl } from "./control-client.js";
import type { ControlHost, ControlServer } from "./control-messages.js";
import { listSockets } from "./sweep-run-folder.js";

/** A running host, and how its servers are doing. */
export interface LiveHost extends ControlHost {
  readonly servers: readonly ControlServer[];
}

/** Asks every running host of a home how its servers are doing. One that does not answer is left out. */
export async function askHosts(home: string): Promise<readonly LiveHost[]> {
  const files = await listSockets(home);
  const asked = await Promise.all(files.map((file) => askHost(file).catch(() => undefined)));
  return asked.filter((host) => host !== undefined).toSorted((one, other) => one.pid - other.pid);
}

async function askHost(file: string): Promise<LiveHost | undefined> {
  using host = await connectControl(file);
  const { pid, version, ageMs, url } = await host.request("ping");
  const { servers } = await host.request("servers/list");
  if (typeof pid !== "number" || typeof version !== "string" || !Array.isArray(servers)) return undefined;
  return {
    pid,
    version,
    ageMs: typeof ageMs === "number" ? ageMs : 0,
    ...(typeof url === "string" ? { url } : {}),
    servers: servers.filter(isControlServer),
  };
}

function isControlServer(value: unknown): value is ControlServer {
  return isJsonObject(value) && ["name", "executor", "state"].every((key) => typeof value[key] === "string");
}
