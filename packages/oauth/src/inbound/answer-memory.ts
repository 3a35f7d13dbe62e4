/** Remembers answers for a while, the latest of them only. */
export interface AnswerMemory<Answer> {
  /** Undefined: there is none, or it is too old. */
  get(name: string): Answer | undefined;
  put(name: string, answer: Answer): void;
}

/** The bounds of a memory. */
export interface AnswerMemoryOptions {
  /** How many answers it holds; the oldest make room. */
  readonly max: number;
  /** Milliseconds for which an answer counts. */
  readonly ageMs: number;
  readonly now: () => number;
}

/** Makes an empty memory. */
export function createAnswerMemory<Answer>({ max, ageMs, now }: AnswerMemoryOptions): AnswerMemory<Answer> {
  const kept = new Map<string, { readonly answer: Answer; readonly untilMs: number }>();
  return {
    get(name) {
      const found = kept.get(name);
      return found !== undefined && now() < found.untilMs ? found.answer : undefined;
    },
    put(name, answer) {
      kept.delete(name);
      kept.set(name, { answer, untilMs: now() + ageMs });
      const [oldest] = kept.keys();
      if (kept.size > max && oldest !== undefined) kept.delete(oldest);
    },
  };
}
