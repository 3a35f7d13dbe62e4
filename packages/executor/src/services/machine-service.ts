import { type DescribeResponse, protocolVersions, type UnaryHandler } from "@fairlead/wire";
import type { ExecutorFacts } from "../executor-facts.js";
import type { SessionRegistry } from "../session/session-registry.js";

/** The handlers of `MachineService`. */
export interface MachineServiceHandlers {
  readonly Describe: UnaryHandler<object, DescribeResponse>;
}

/** Tells what this machine and its executor are like. */
export function createMachineService(
  registry: SessionRegistry,
  facts: ExecutorFacts,
): MachineServiceHandlers {
  return {
    Describe: () => ({
      machine: facts.machine(),
      limits: registry.limits,
      features: [...facts.features],
      protocolVersionMin: protocolVersions.min,
      protocolVersionMax: protocolVersions.max,
      uptimeMs: Math.round(performance.now() - facts.startedAtMs),
      sessions: registry.sessions.length,
      processes: registry.processCount,
    }),
  };
}
