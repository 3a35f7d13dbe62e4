import { FairleadError, toFairleadError } from "@fairlead/core";
import { methodNotFound } from "@fairlead/mcp";
import type { ServerConsumer } from "./agent-server.js";
import type { InstancePool } from "./instance-pool.js";
import type { ServerDefinition } from "./server-definition.js";

/**
 * Starts the required servers that depend on no agent, so that a host fails before one comes. They are kept for the first
 * one as every shared copy is.
 * @throws FairleadError with every failure; its code is theirs where they agree, else `unavailable`
 */
export async function startRequired(
  pool: InstancePool,
  definitions: readonly ServerDefinition[],
): Promise<void> {
  const holds = definitions.filter(isForEverybody).map((definition) => pool.attach(definition, nobody));
  const outcomes = await Promise.allSettled(holds.map((server) => server.ready()));
  const releasing = Promise.allSettled(holds.map((server) => server.release()));
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === "rejected" ? [toFairleadError(outcome.reason)] : [],
  );
  await releasing;
  const [first] = errors;
  if (first === undefined) return;
  if (errors.length === 1) throw first;
  const isAlike = errors.every(({ code }) => code === first.code);
  throw new FairleadError(
    isAlike ? first.code : "unavailable",
    `Required servers cannot be started: ${errors.map(({ message }) => message).join("; ")}`,
    { reason: "handshake_failed", effect: "none" },
  );
}

function isForEverybody({ required, share, forwardHeaders = [] }: ServerDefinition): boolean {
  return required && share === "all" && forwardHeaders.length === 0;
}

/** Takes part while a server starts before any agent is there. */
const nobody: ServerConsumer = {
  profile: { clientInfo: { name: "fairlead", version: "0" }, capabilities: {} },
  onReady: () => {},
  onNotification: () => {},
  onRequest: async ({ method }) => methodNotFound(method),
  onListChanged: () => {},
};
