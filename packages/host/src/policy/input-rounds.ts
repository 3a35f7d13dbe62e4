import { createHash } from "node:crypto";
import { type CallAnswer, findMember, sliceRange } from "@fairlead/mcp";
import { readText } from "../gateway/raw-params.js";

/** Approved calls whose repetition is waited for; more are forgotten, the oldest first, and asked about again. */
const maxExpected = 256;

/**
 * Knows calls that were approved and that the server then answered with "more input is required" (modern era). The agent
 * repeats such a call with its input: that is still the same call, and asking once more would be asking twice.
 */
export class InputRounds {
  readonly #expected = new Set<string>();

  /** Notes an approved call by what the server answered. */
  note(call: ApprovedCall, answer: CallAnswer): void {
    if (answer.kind !== "result" || readText(answer.result, ["resultType"]) !== "input_required") return;
    this.#expected.add(digestOf(call));
    const [oldest] = this.#expected;
    if (this.#expected.size > maxExpected && oldest !== undefined) this.#expected.delete(oldest);
  }

  /** Tells whether this is such a repetition. One approval serves one repetition; the next round is noted anew. */
  takeRepeat(call: ApprovedCall): boolean {
    const { params } = call;
    if (params === undefined) return false;
    const whole = { start: 0, end: params.length };
    const isRepeat = ["inputResponses", "requestState"].some((key) => findMember(params, whole, key));
    return isRepeat && this.#expected.delete(digestOf(call));
  }
}

/** A call as far as it has to be the same. */
export interface ApprovedCall {
  /** See `approvalSubject`. */
  readonly subject: string;
  readonly params: Buffer | undefined;
}

function digestOf({ subject, params }: ApprovedCall): string {
  const hash = createHash("sha256").update(subject);
  const range =
    params === undefined ? undefined : findMember(params, { start: 0, end: params.length }, "arguments");
  if (params !== undefined && range !== undefined) hash.update(sliceRange(params, range));
  return hash.digest("base64");
}
