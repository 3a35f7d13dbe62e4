import type { FairleadConfig, HttpServerConfig } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { findServer } from "./settings.js";

/**
 * Finds a server, or a connector, that somebody could log in to.
 * @throws FairleadError `not_found`, with the names that are known; `usage` for a server with a command
 */
export function findLoginServer(config: FairleadConfig, name: string): HttpServerConfig {
  const server = config.connectors.get(name) ?? findServer(config, name);
  if (server.transport === "http") return server;
  throw new FairleadError(
    "usage",
    `Server '${name}' is a program, and there is no login to it: it gets credentials by its environment (env_vars)`,
    { reason: "argument_invalid", effect: "none", details: { server: name } },
  );
}
