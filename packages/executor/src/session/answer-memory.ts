import { createHash } from "node:crypto";
import { FairleadError, isFairleadError } from "@fairlead/core";

interface Remembered {
  readonly digest: string;
  readonly answer: Promise<unknown>;
}

/**
 * Remembers the answers to mutating calls, so that a call whose answer was lost on the way can be repeated without being
 * done twice. Failures are remembered too, unless they certainly had no effect.
 */
export class AnswerMemory {
  readonly #answers = new Map<string, Remembered>();
  readonly #capacity: number;

  /** @param capacity the oldest answer beyond it is forgotten */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * Does the work, or gives the answer that the same call got before.
   * @throws FairleadError `already_exists` if the op id was used for another call
   */
  async once<Answer>(opId: string, request: object, work: () => Promise<Answer>): Promise<Answer> {
    if (opId === "") {
      throw new FairleadError("usage", "This call needs an op id", {
        reason: "argument_invalid",
        effect: "none",
      });
    }
    const digest = createHash("sha256").update(JSON.stringify(request)).digest("base64");
    const known = this.#answers.get(opId);
    if (known !== undefined) {
      if (known.digest === digest) return known.answer as Promise<Answer>;
      throw new FairleadError("already_exists", `The op id ${opId} was used for another call`, {
        reason: "id_reused",
        effect: "none",
      });
    }
    const answer = work();
    this.#answers.set(opId, { digest, answer });
    answer.catch((error: unknown) => {
      if (isFairleadError(error) && error.effect === "none") this.#answers.delete(opId);
    });
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= this.#capacity) break;
      this.#answers.delete(oldest);
    }
    return answer;
  }
}
