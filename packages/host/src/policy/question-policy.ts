import { FairleadError } from "@fairlead/core";
import { type CallAnswer, findMember, parseRange, type ScannedRequest } from "@fairlead/mcp";
import { paramsOf, readText } from "../gateway/raw-params.js";
import { toRpcFailure } from "../gateway/rpc-failure.js";
import type { ServerDefinition } from "../orchestrator/server-definition.js";

/** How legacy servers say that the user must open a page first and the request be sent again. */
const urlElicitationRequired = -32042;

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

/**
 * Keeps from the agent what a server says in the place of a question that configuration has declined: an error that names
 * pages to be opened first becomes one that names the setting. Every other answer is given back as it is.
 */
export function withheldByPolicy(
  answer: CallAnswer,
  { name, elicitations = "ask" }: Pick<ServerDefinition, "name" | "elicitations">,
): CallAnswer {
  if (elicitations !== "deny" || answer.kind === "result" || !isPageWanted(answer.error)) return answer;
  const text = `Server '${name}' wants a page to be opened before it serves this request, and its configuration declines all of its questions (elicitations = "deny")`;
  return toRpcFailure(
    new FairleadError("forbidden", text, { reason: "policy_denied", details: { server: name } }),
  );
}

function isPageWanted(error: Buffer): boolean {
  const code = findMember(error, { start: 0, end: error.length }, "code");
  return code !== undefined && parseRange(error, code) === urlElicitationRequired;
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
