import { FairleadError, untilAborted } from "@fairlead/core";
import type { AgentServer } from "../orchestrator/agent-server.js";
import { type SandboxState, wantsSandboxState } from "./sandbox-state.js";

/** Whether a server that is up wants to be told a sandbox state, and goes by one that is not of its agent alone. */
export function hasForeignState(server: AgentServer): boolean {
  return server.isShared && server.connection !== undefined && wantsSandboxState(server.connection);
}

/**
 * Lets no tool run under another sandbox state than the one that the agent set. Whether a server wants a state at all is
 * known only once it is up, so one that is not is started.
 * @throws FairleadError `forbidden` where a copy goes by the state that all of its agents share, or why it cannot be started
 */
export async function requireOwnState(
  server: AgentServer,
  sandbox: SandboxState,
  signal: AbortSignal,
): Promise<void> {
  if (!sandbox.isOfAgent || !server.isShared) return;
  await untilAborted(server.readyAgain(), signal, `The call to ${server.name}`);
  if (hasForeignState(server)) throw foreignStateError(server.name);
}

/** What is said of a server that cannot go by its agent's sandbox state. */
export function foreignStateError(server: string): FairleadError {
  const text = `Server '${server}' is shared with other agents and cannot go by this agent's sandbox state, so it is not called: set share = "client" for it`;
  return new FairleadError("forbidden", text, {
    reason: "policy_denied",
    effect: "none",
    details: { server },
  });
}
