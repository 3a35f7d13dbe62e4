import { type JsonObject } from "@fairlead/core";
import { metaKeys } from "./meta-keys.js";
import { modernVersions } from "./protocol-versions.js";

/** What `server/discover` tells. */
export interface DiscoverFacts {
  readonly serverInfo: JsonObject;
  /** As for `initialize`: `listChanged` and `subscribe` say what can be listened to. */
  readonly capabilities: JsonObject;
  readonly instructions?: string | undefined;
}

/**
 * Builds the answer to `server/discover`. It must not be kept by the agent: what a gateway offers changes, and asking
 * again costs nothing.
 */
export function buildDiscoverResult({ serverInfo, capabilities, instructions }: DiscoverFacts): JsonObject {
  // The modern revision has no tasks of its own; a legacy server behind us may still announce them.
  const { tasks: _, ...announced } = capabilities;
  return {
    resultType: "complete",
    supportedVersions: [...modernVersions],
    capabilities: announced,
    ...(instructions === undefined ? {} : { instructions }),
    ttlMs: 0,
    cacheScope: "private",
    _meta: { [metaKeys.serverInfo]: serverInfo },
  };
}
