import { type CallAnswer, findMember, replaceRanges } from "@fairlead/mcp";
import { readText } from "./raw-params.js";

const marker = "codex_elicitation";

/**
 * Makes an ordinary answer to an approval of `codex mcp-server` one that it understands. Codex reads a member `decision`
 * of the result and takes an answer without one as a refusal; an error it leaves unread, and waits for ever. So the
 * decision is added, and an error becomes a refusal. Answers that have a decision, and all to other questions, stay as
 * they are; so does every member of the answer.
 * @param questionRaw the params of the server's question
 * @param answer the agent's, or ours where nobody could be asked
 */
export function adaptCodexAnswer(questionRaw: Buffer | undefined, answer: CallAnswer): CallAnswer {
  if (readText(questionRaw, [marker]) === undefined) return answer;
  if (answer.kind === "error") {
    const told = readText(answer.error, ["message"]) ?? "no reason was given";
    return refusal(`Nobody could be asked: ${told}`);
  }
  const { result } = answer;
  if (findMember(result, wholeOf(result), "decision") !== undefined) return answer;
  switch (readText(result, ["action"])) {
    case "accept":
      return { kind: "result", result: addDecision(result, "approved") };
    case "decline":
      return { kind: "result", result: addDecision(result, denied("The person declined.")) };
    // Its own word for this, `abort`, ends the turn but leaves the call without an answer.
    case "cancel":
      return { kind: "result", result: addDecision(result, denied("The person gave no answer.")) };
    default:
      return refusal("The answer could not be read.");
  }
}

/** Older releases had a plain `denied`; they take what they cannot read as exactly that. */
function denied(rejection: string): object {
  return { denied: { rejection } };
}

function refusal(rejection: string): CallAnswer {
  const result = { action: "decline", decision: denied(rejection) };
  return { kind: "result", result: Buffer.from(JSON.stringify(result)) };
}

/** @param result an object with at least one member */
function addDecision(result: Buffer, decision: string | object): Buffer {
  const inside = result.indexOf("{") + 1;
  const bytes = `"decision":${JSON.stringify(decision)},`;
  return replaceRanges(result, [{ start: inside, end: inside, bytes }]);
}

function wholeOf(raw: Buffer): { start: number; end: number } {
  return { start: 0, end: raw.length };
}
