import { FairleadError } from "@fairlead/core";
import type { ServerDefinition } from "../../orchestrator/server-definition.js";
import { sandboxStateMethod } from "../../policy/sandbox-state.js";
import type { BuiltInServer } from "../built-in-server.js";
import { type BuiltInSettings, defineBuiltIn } from "../define-built-in.js";
import { createToolMethods } from "../tool-methods.js";
import { describeDevboxCall } from "./describe-call.js";
import type { DevboxMachine } from "./devbox-machine.js";
import { DevboxPolicy, devboxExperimental } from "./devbox-policy.js";
import { createFileTools } from "./file-tools.js";
import { createProcessTools } from "./process-tools.js";
import { RunningProcesses } from "./running-processes.js";

/** A devbox: which machine, and under which name. */
export interface DevboxOptions {
  /** Name of the server. No configured server may have it. @default "devbox" */
  readonly name?: string | undefined;
  readonly version: string;
  /** Name of the machine, as the user knows it. */
  readonly executor: string;
  /** Reaches the machine; called at every start. The machine stays the caller's. @throws FairleadError if it cannot */
  connect(signal: AbortSignal): Promise<DevboxMachine>;
  /** What configuration says about it. @default asks as annotations say: before commands and writes, not before reading */
  readonly settings?:
    | Pick<BuiltInSettings, "tools" | "defaultApproval" | "enabledTools" | "disabledTools">
    | undefined;
}

/** Name of a devbox where there is only one. */
export const devboxServerName = "devbox";

/** Makes the server through which an agent works on a machine itself: commands, files, search. */
export function createDevboxServer(options: DevboxOptions): ServerDefinition {
  const { name = devboxServerName, executor, settings } = options;
  let machine: DevboxMachine | undefined;
  const describeCall = async (tool: string, args: unknown): Promise<string | undefined> => {
    if (machine === undefined) {
      throw new FairleadError("unavailable", `${name} is not connected to ${executor} yet`, {
        effect: "none",
      });
    }
    const isObject = typeof args === "object" && args !== null;
    return describeDevboxCall(machine, tool, isObject ? (args as Record<string, unknown>) : {});
  };
  const own = { name, executor, context: "external", defaultApproval: "auto", describeCall } as const;
  return defineBuiltIn({ ...own, ...settings }, async (signal) => {
    machine = await options.connect(signal);
    return createServer(name, options, machine);
  });
}

function createServer(name: string, options: DevboxOptions, machine: DevboxMachine): BuiltInServer {
  return {
    name,
    title: `Machine ${options.executor}`,
    version: options.version,
    capabilities: { tools: {}, experimental: devboxExperimental },
    instructions: `These tools work on the machine ${options.executor} itself.`,
    open() {
      const processes = new RunningProcesses(machine);
      const policy = new DevboxPolicy(machine);
      const tools = [
        ...createProcessTools({ machine, processes, policy, server: name }),
        ...createFileTools(machine, policy),
      ];
      return {
        methods: {
          ...createToolMethods(tools, { "fairlead/supportsParallelToolCalls": true }),
          [sandboxStateMethod]: async (state) => {
            policy.update(state);
            return {};
          },
        },
        close: () => processes.close(),
      };
    },
  };
}
