import type { CallAnswer, InputRequestMethod, InputRequired } from "@fairlead/mcp";

/** One question that a modern agent is to be asked by way of an `input_required` result. */
export interface Question {
  readonly method: InputRequestMethod;
  /** As whoever asks wrote them. */
  readonly paramsRaw: Buffer | undefined;
  /** What the agent must have declared, in the shape of client capabilities. */
  readonly needed: Readonly<Record<string, unknown>>;
  /** Whether another call may carry it as well, because nobody knows which one it belongs to. */
  readonly isMovable: boolean;
  /** Takes the answer; called at most once, and not after the question was withdrawn. */
  settle(answer: CallAnswer): void;
  /** Told when the call that carries it has ended without an answer. @param why a sentence for whoever asked */
  orphan(why: string): void;
}

/** Questions by the keys under which an agent is asked them. A key is never used twice in one call. */
export type OpenQuestions = ReadonlyMap<string, Question>;

/** Gives the part of an `input_required` result that lists these questions. */
export function toInputRequests(questions: OpenQuestions): InputRequired["requests"] {
  return [...questions].map(([key, { method, paramsRaw }]) => ({ key, method, paramsRaw }));
}
