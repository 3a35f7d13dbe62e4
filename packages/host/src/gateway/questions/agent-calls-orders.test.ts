import { describe, expect, test, vi } from "vitest";
import type { CallWork } from "./agent-calls.js";
import { askAgent } from "./ask-agent.js";
import {
  type Answer,
  elicit,
  fakeCallTimers,
  keysOf,
  openAgent,
  type Round,
  ready,
  server,
  settled,
} from "./test-support/asked-agent.js";

fakeCallTimers();

describe("whatever happens in whatever order", () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
    "nothing is left over (seed %i)",
    async (seed) => {
      const random = createRandom(seed);
      const { calls, request, repeat } = openAgent({ parkedMs: 1_000, maxParked: 3 });
      let open = 0;
      let unanswered = 0;
      const work: CallWork = async (call) => {
        const leave = call.enter(server);
        try {
          for (let round = random(4); round > 0; round -= 1) {
            const questions = Array.from({ length: 1 + random(3) }, async () => {
              unanswered += 1;
              const abort = new AbortController();
              const owner = random(2) === 0 ? { call } : { server, calls };
              const asking = askAgent({ ...elicit("a"), signal: abort.signal }, owner);
              if (random(6) === 0) setImmediate(() => abort.abort());
              await asking;
              unanswered -= 1;
            });
            await Promise.all(questions);
          }
          return ready;
        } finally {
          leave();
        }
      };
      const live: Round[] = [];
      const asked: Answer[] = [];
      const follow = (round: Round): void => {
        open += 1;
        live.push(round);
        round.answer
          .then((answer) => {
            if (answer["resultType"] === "input_required") asked.push(answer);
          })
          .catch(() => {})
          .finally(() => {
            open -= 1;
            live.splice(live.indexOf(round), 1);
          });
      };
      for (let step = 0; step < 60; step += 1) {
        const [one] = asked.splice(random(asked.length + 1), 1);
        const action = random(10);
        if (action < 4) follow(request(work));
        else if (action < 8 && one !== undefined) {
          const keys = keysOf(one).filter(() => random(4) > 0);
          follow(repeat(one, Object.fromEntries(keys.map((key) => [key, { action: "accept" }]))));
        } else if (action === 8) live[random(live.length + 1)]?.abort.abort("enough");
        else vi.advanceTimersByTime(random(1_200));
        if (random(2) === 0) await settled();
      }
      await settled();
      // Those that nobody repeats any more run into their limit.
      for (const round of live) round.abort.abort("The end");
      vi.advanceTimersByTime(1_001);
      await settled();
      expect({
        open,
        unanswered,
        live: calls.liveCount,
        parked: calls.parkedCount,
        timers: vi.getTimerCount(),
      }).toEqual({ open: 0, unanswered: 0, live: 0, parked: 0, timers: 0 });
    },
  );
});

/** Numbers below a limit, the same for the same seed. */
function createRandom(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e37_79b9) | 0;
    return (state >>> 0) % below;
  };
}
