import type { FairleadConfig } from "@fairlead/config";
import { fairleadServerName, type ServerDefinition } from "@fairlead/host";
import type { ServerAccess } from "../runtime/server-definitions.js";
import { defineDevboxes, devboxesOf } from "./devboxes.js";

/** The servers that come with Fairlead, over several readings of the configuration. */
export interface BuiltInServers {
  /** Those that are switched on; one that is as it was before is the same object as before. */
  define(config: FairleadConfig): readonly ServerDefinition[];
}

/**
 * Makes them.
 * @param features which of them are switched on
 * @param own those that are the same for everybody
 */
export function createBuiltInServers(
  features: FairleadConfig["features"],
  access: ServerAccess,
  own: readonly ServerDefinition[],
): BuiltInServers {
  const known = new Map<string, ServerDefinition>();
  return {
    define(config) {
      if (!features.devbox) return own;
      const devboxes = defineDevboxes(config, access).map((devbox) => {
        const said = JSON.stringify(config.builtIns.get(devbox.name) ?? {});
        const key = `${devbox.name} ${access.pool.identityOf(devbox.executor)} ${said}`;
        const same = known.get(key) ?? devbox;
        known.set(key, same);
        return same;
      });
      return [...own, ...devboxes];
    },
  };
}

/** Names those that the configuration switches on, and where each works, without making them. */
export function builtInsOf(config: FairleadConfig): readonly { name: string; executor: string }[] {
  const { fairlead, devbox } = config.features;
  const usable = devboxesOf(config).filter(({ problem }) => problem === undefined);
  return [
    ...(fairlead ? [{ name: fairleadServerName, executor: "host" }] : []),
    ...(devbox ? usable.map(({ name, executor }) => ({ name, executor })) : []),
  ];
}
