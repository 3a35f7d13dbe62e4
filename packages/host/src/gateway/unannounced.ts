import { FairleadError } from "@fairlead/core";
import {
  type CallAnswer,
  findMember,
  isInputRequestMethod,
  methodNotFound,
  missingCapabilities,
  neededCapabilities,
  rpcError,
} from "@fairlead/mcp";
import { readText } from "./raw-params.js";

/** What revision 2025-11-25 wants said of an elicitation in a mode that the client did not announce. */
const invalidParams = -32602;

/**
 * Answers a question that a legacy agent did not say that it takes: the method, the mode of an elicitation, or tools in
 * sampling.
 * @param capabilities what the agent announced
 * @returns undefined if it may be asked
 */
export function refuseUnannounced(
  { method, params }: { readonly method: string; readonly params: Buffer | undefined },
  capabilities: Readonly<Record<string, unknown>>,
): CallAnswer | undefined {
  if (!isInputRequestMethod(method)) return undefined;
  const missing = missingCapabilities(neededCapabilities(method, marksOf(params)), capabilities);
  if (missing === undefined) return undefined;
  const isUnknown = Object.keys(missing).some((name) => !Object.hasOwn(capabilities, name));
  if (isUnknown) return methodNotFound(method);
  const text = `The agent did not announce what this ${method} needs: ${JSON.stringify(missing)}`;
  return rpcError(invalidParams, text, { requiredCapabilities: missing });
}

/** Says that an agent cannot be asked. @param refused what it, or we for it, answered */
export function cannotAskError(method: string, refused: CallAnswer): FairleadError {
  const why = refused.kind === "error" ? readText(refused.error, ["message"]) : undefined;
  const text = `The agent could not be asked (${method}): ${why ?? "it gave no reason"}`;
  return new FairleadError("forbidden", text, { reason: "cannot_ask", effect: "none" });
}

/** The members that tell what is needed; the others may be large and are left alone. */
function marksOf(params: Buffer | undefined): object {
  if (params === undefined) return {};
  const whole = { start: 0, end: params.length };
  const present = ["tools", "toolChoice"].filter((key) => findMember(params, whole, key) !== undefined);
  const tools = Object.fromEntries(present.map((key) => [key, true]));
  return { ...tools, mode: readText(params, ["mode"]) };
}
