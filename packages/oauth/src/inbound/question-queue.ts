import { FairleadError } from "@fairlead/core";

/** Lets a few questions go out at once; some more wait. */
export interface QuestionQueue {
  /** @throws FairleadError `resource_exhausted` `limit_reached` if too many wait already; what the question throws */
  run<Answer>(question: () => Promise<Answer>): Promise<Answer>;
}

/** The bounds of a queue. */
export interface QuestionQueueOptions {
  readonly atOnce: number;
  readonly waiting: number;
}

/** Makes an empty queue. Whoever came first goes first. */
export function createQuestionQueue({ atOnce, waiting }: QuestionQueueOptions): QuestionQueue {
  const queue: (() => void)[] = [];
  let running = 0;
  return {
    async run(question) {
      if (running < atOnce) running += 1;
      else if (queue.length < waiting) await new Promise<void>((resolve) => void queue.push(resolve));
      else throw tooMany(atOnce + waiting);
      try {
        return await question();
      } finally {
        // Whoever is next takes over the place.
        const next = queue.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}

function tooMany(limit: number): FairleadError {
  return new FairleadError(
    "resource_exhausted",
    `The authorization server is being asked about ${limit} tokens already; try again in a few seconds`,
    { reason: "limit_reached", effect: "none", details: { limit } },
  );
}
