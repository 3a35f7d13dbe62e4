import type { FairleadConfig } from "@fairlead/config";
import { createFairleadServer, type FairleadServerOptions, type ServerDefinition } from "@fairlead/host";
import type { ServerAccess } from "../runtime/server-definitions.js";
import { defineDevboxes } from "./devboxes.js";

/** The servers that come with Fairlead, over several readings of the configuration. */
export interface BuiltInServers {
  /** Those that are switched on; one that is as it was before is the same object as before. */
  define(config: FairleadConfig): readonly ServerDefinition[];
}

/** Makes them. @param features which of them are switched on */
export function createBuiltInServers(
  features: FairleadConfig["features"],
  access: ServerAccess,
  fairlead: FairleadServerOptions,
): BuiltInServers {
  const own = features.fairlead ? [createFairleadServer(fairlead)] : [];
  const known = new Map<string, ServerDefinition>();
  return {
    define(config) {
      if (!features.devbox) return own;
      const devboxes = defineDevboxes(config, access).map((devbox) => {
        const key = `${devbox.name} ${access.pool.identityOf(devbox.executor)}`;
        const same = known.get(key) ?? devbox;
        known.set(key, same);
        return same;
      });
      return [...own, ...devboxes];
    },
  };
}
