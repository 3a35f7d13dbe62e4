import type { CallAnswer } from "@fairlead/mcp";
import { findMember, parseRange, type ScannedRequest } from "@fairlead/mcp";
import { paramsOf, readText } from "../gateway/raw-params.js";
import type { ServerDefinition } from "../orchestrator/server-definition.js";

/**
 * Answers a server's elicitation where configuration has decided it. Sampling and roots are no questions to a person and
 * are left to the agent.
 * @returns undefined if the agent has to be asked
 */
export function answerByPolicy(
  message: ScannedRequest,
  { elicitations = "ask" }: Pick<ServerDefinition, "elicitations">,
): CallAnswer | undefined {
  if (elicitations === "ask" || message.method !== "elicitation/create") return undefined;
  if (elicitations === "deny") return result({ action: "decline" });
  return isEmptyForm(paramsOf(message)) ? result({ action: "accept", content: {} }) : undefined;
}

/** A form that asks for nothing but a yes. A URL is none: opening it is the very thing that is asked. */
function isEmptyForm(params: Buffer | undefined): boolean {
  if (params === undefined || (readText(params, ["mode"]) ?? "form") !== "form") return false;
  const schema = findMember(params, { start: 0, end: params.length }, "requestedSchema");
  const properties = schema === undefined ? undefined : findMember(params, schema, "properties");
  if (properties === undefined) return false;
  const value = parseRange(params, properties);
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function result(value: object): CallAnswer {
  return { kind: "result", result: Buffer.from(JSON.stringify(value)) };
}
