import { methodNotFound, sliceRange } from "@fairlead/mcp";
import { fillForm } from "./fill-form.mjs";

/**
 * Answers a question of the server as somebody would who accepts every form as it stands. Sampling and the like are not
 * supported, and not announced either.
 */
export async function answerQuestion({ line, method, params }) {
  if (method !== "elicitation/create" || params === undefined) return methodNotFound(method);
  const { requestedSchema } = JSON.parse(sliceRange(line, params).toString("utf8"));
  const answer = { action: "accept", content: fillForm(requestedSchema) };
  return { kind: "result", result: Buffer.from(JSON.stringify(answer)) };
}
