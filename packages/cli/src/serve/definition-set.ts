import type { BrokenServer, ConnectorConfig, ServerConfig } from "@fairlead/config";
import type { ServerDefinition } from "@fairlead/host";
import type { ControlReload } from "../control/control-messages.js";
import { toBrokenDefinition } from "../runtime/broken-definition.js";
import { type ServerAccess, serverInstanceKey, toServerDefinition } from "../runtime/server-definitions.js";
import { toConnectorDefinition } from "./connectors.js";

/** The definitions of a host, over several readings of the configuration. */
export interface DefinitionSet {
  /**
   * Defines servers, connectors behind them, and last those that cannot be used. One that is exactly as it was before is the same object as before, so that
   * it runs on.
   * @returns them, and what is other than the last time
   */
  define(
    servers: readonly ServerConfig[],
    connectors?: readonly ConnectorConfig[],
    broken?: readonly BrokenServer[],
  ): {
    readonly definitions: readonly ServerDefinition[];
    readonly changes: ControlReload;
  };
}

interface Known {
  readonly fingerprint: string;
  readonly definition: ServerDefinition;
}

/** Makes an empty set. */
export function createDefinitionSet(access: ServerAccess): DefinitionSet {
  let known: ReadonlyMap<string, Known> = new Map();
  return {
    define(servers, connectors = [], broken = []) {
      const next = new Map<string, Known>();
      const add = (server: ServerConfig, origin: string, make: () => ServerDefinition): void => {
        // The key holds what the configuration of its executor and the environment say; the server itself the rest.
        const fingerprint = JSON.stringify([origin, serverInstanceKey(server, access), server]);
        keep(server.name, fingerprint, make);
      };
      const keep = (name: string, fingerprint: string, make: () => ServerDefinition): void => {
        const before = known.get(name);
        const isSame = before?.fingerprint === fingerprint;
        next.set(name, isSame ? before : { fingerprint, definition: make() });
      };
      for (const server of servers) add(server, "configured", () => toServerDefinition(server, access));
      for (const connector of connectors) {
        add(connector, "connector", () => toConnectorDefinition(connector, access));
      }
      for (const server of broken) {
        const { name, origin, executor, required, error } = server;
        const fingerprint = JSON.stringify(["broken", origin, executor, required, error.message]);
        keep(name, fingerprint, () => toBrokenDefinition(server));
      }
      const names = [...next.keys()];
      const changes: ControlReload = {
        added: names.filter((name) => !known.has(name)),
        changed: names.filter((name) => known.has(name) && known.get(name) !== next.get(name)),
        removed: [...known.keys()].filter((name) => !next.has(name)),
      };
      known = next;
      return { definitions: [...next.values()].map(({ definition }) => definition), changes };
    },
  };
}
