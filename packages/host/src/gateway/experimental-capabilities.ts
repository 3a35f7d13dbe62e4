import { type CallAnswer, controlCapability, parseRange } from "@fairlead/mcp";
import type { AgentServer } from "../orchestrator/agent-server.js";

/** What we announce ourselves to agents that are offered the control methods. */
export const controlAnnounced: Readonly<Record<string, unknown>> = { [controlCapability]: {} };

/**
 * Adds to our own answer to `initialize` the experimental capabilities of the servers that are up by then: required ones,
 * and those that others use already. An agent can know no others, as this answer waits for nobody else.
 * @param own what we announce ourselves, whatever servers say
 */
export function withExperimental(
  answer: CallAnswer,
  servers: readonly AgentServer[],
  own: Readonly<Record<string, unknown>>,
): CallAnswer {
  const union = { ...experimentalOf(servers), ...own };
  if (answer.kind === "error" || Object.keys(union).length === 0) return answer;
  const result = objectOf(parseRange(answer.result));
  const capabilities = { ...objectOf(result["capabilities"]), experimental: union };
  return { kind: "result", result: Buffer.from(JSON.stringify({ ...result, capabilities })) };
}

/** What several announce alike is told as the first of them does. */
function experimentalOf(servers: readonly AgentServer[]): Readonly<Record<string, unknown>> {
  const announced = servers.map(({ connection }) =>
    objectOf(objectOf(connection?.initializeResult.value["capabilities"])["experimental"]),
  );
  return Object.assign({}, ...announced.toReversed()) as Record<string, unknown>;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
