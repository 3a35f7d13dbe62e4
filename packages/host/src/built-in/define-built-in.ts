import type { ServerDefinition } from "../orchestrator/server-definition.js";
import type { BuiltInServer } from "./built-in-server.js";
import { createInProcessConnection } from "./in-process-connection.js";

/** Settings of a built-in server that differ from one to the other. */
export interface BuiltInSettings extends Partial<Omit<ServerDefinition, "prepare" | "origin">> {
  readonly name: string;
  /** Where its work is done, for messages. */
  readonly executor: string;
}

/**
 * Makes a built-in server one of those that a host offers. Nothing is launched: it runs in this process.
 * @param open makes the server, at every start. @throws FairleadError where it cannot be started
 */
export function defineBuiltIn(
  settings: BuiltInSettings,
  open: (signal: AbortSignal) => Promise<BuiltInServer>,
): ServerDefinition {
  return {
    required: false,
    startupTimeoutMs: 60_000,
    toolTimeoutMs: 300_000,
    maxMessageBytes: 64 * 1024 * 1024,
    enabledTools: undefined,
    disabledTools: [],
    share: "session",
    protocol: "legacy",
    supportsParallelToolCalls: true,
    ...settings,
    origin: "built-in",
    prepare: async (signal) => {
      const server = await open(signal);
      return { kind: "in-process", open: async (handlers) => createInProcessConnection(server, handlers) };
    },
  };
}
