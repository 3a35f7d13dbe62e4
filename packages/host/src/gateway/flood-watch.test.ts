import { expect, test } from "vitest";
import { createFloodWatch } from "./flood-watch.js";

function scene() {
  const told: string[] = [];
  let nowMs = 0;
  const watch = createFloodWatch({
    session: "s-1",
    warn: (server, text) => void told.push(`${server}: ${text}`),
    now: () => nowMs,
  });
  return {
    told,
    watch,
    /** Says so many messages, evenly over so long. */
    say: (server: string, count: number, overMs: number): void => {
      for (let index = 0; index < count; index += 1) {
        watch.note(server, 10);
        nowMs += overMs / count;
      }
    },
  };
}

test("a thousand messages a second are told of as little as one", () => {
  const { told, say } = scene();
  say("s", 10_000, 10_000);
  expect(told).toEqual([]);
});

test("a flood is told with session and server, and again only after ten seconds", () => {
  const { told, say } = scene();
  say("quiet", 10, 1);
  say("s", 90_000, 9_000);
  expect(told).toEqual(["s: session s-1 is flooded: more than 1000 messages within a second"]);
  say("s", 30_000, 3_000);
  expect(told).toHaveLength(2);
});

test("what waits for a slow agent is told with the server that said most", () => {
  const { told, watch, say } = scene();
  say("quiet", 1, 1);
  watch.note("loud", 9_000_000);
  watch.pressed(8_388_609);
  watch.pressed(9_000_000);
  expect(told).toEqual(["loud: session s-1 reads too slowly: 8388609 bytes wait for it"]);
});
