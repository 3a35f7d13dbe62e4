import type { BrokenServer } from "@fairlead/config";
import type { ServerDefinition } from "@fairlead/host";

/** No start gets as far as waiting for anything. */
const noTimeMs = 1_000;
const leastBytes = 1024;

/** Makes a server that cannot be used one whose every start fails with what is wrong with it, so that it is told like others. */
export function toBrokenDefinition({
  name,
  origin,
  executor,
  required,
  error,
}: BrokenServer): ServerDefinition {
  return {
    name,
    origin,
    executor,
    required,
    startupTimeoutMs: noTimeMs,
    toolTimeoutMs: noTimeMs,
    maxMessageBytes: leastBytes,
    enabledTools: undefined,
    disabledTools: [],
    prepare: () => Promise.reject(error),
  };
}

/** Those of a configuration that would take part if they could. */
export function brokenEntries({
  broken,
}: {
  readonly broken?: ReadonlyMap<string, BrokenServer>;
}): readonly BrokenServer[] {
  return [...(broken?.values() ?? [])].filter(({ enabled, hasUsableName }) => enabled && hasUsableName);
}
