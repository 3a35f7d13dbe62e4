import { FairleadError } from "@fairlead/core";
import type { AgentServer } from "../orchestrator/agent-server.js";

/** Waits for servers that an agent cannot do without. @throws FairleadError `unavailable`, with everything that failed */
export async function requireServers(required: readonly AgentServer[]): Promise<void> {
  const outcomes = await Promise.allSettled(required.map((server) => server.readyAgain()));
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === "rejected"
      ? [outcome.reason instanceof Error ? outcome.reason.message : "unknown"]
      : [],
  );
  if (failures.length === 0) return;
  throw new FairleadError("unavailable", `Required servers cannot be started: ${failures.join("; ")}`, {
    reason: "handshake_failed",
    effect: "none",
  });
}
