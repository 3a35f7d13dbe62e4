import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { carries, type HandMade, startHandMade } from "./support/hand-made.js";
import { endlessEvent, hostileCases } from "./support/hostile-answers.js";
import { type Place, places } from "./support/places.js";
import { failureOf, reach } from "./support/reach.js";

const maxMessageBytes = 1 << 20;

describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  describe.each(["legacy", "modern"] as const)("in the %s era", (protocol) => {
    let made: HandMade;
    beforeAll(async () => {
      made = await startHandMade({ era: protocol });
    });
    afterAll(async () => made?.[Symbol.asyncDispose]());

    test.each(hostileCases)("$name fails its call with $code $reason, and no other", async (hostile) => {
      const { answer, code, reason } = hostile;
      await using reached = await reach(place, made.url, { protocol, maxMessageBytes });
      const withdraw = made.front.intercept({ when: carries("tools/call"), answer });
      const startedAtMs = performance.now();
      const failure = await failureOf(reached.tool("echo", {}, { timeoutMs: 20_000 }));
      withdraw();
      expect([failure.code, failure.reason]).toEqual([code, reason]);
      expect(failure.message).toContain("srv");
      expect(failure.message.length).toBeLessThan(10_000);
      expect(performance.now() - startedAtMs).toBeLessThan(10_000);
      expect((await reached.tool("echo")).content[0]?.text).toBe("called");
    });

    test("an event without end fails its call as too large, in little memory", async () => {
      await using reached = await reach(place, made.url, { protocol, maxMessageBytes });
      const withdraw = made.front.intercept({ when: carries("tools/call"), answer: endlessEvent });
      const failure = await failureOf(reached.tool("echo", {}, { timeoutMs: 20_000 }));
      expect(failure).toMatchObject({ code: "resource_exhausted", reason: "message_too_large" });
      withdraw();
      expect((await reached.tool("echo")).content[0]?.text).toBe("called");
    });

    test("a head that comes letter by letter is ended by the time limit", async () => {
      await using reached = await reach(place, made.url, { protocol });
      const withdraw = made.front.intercept({
        when: carries("tools/call"),
        answer: (_request, { socket }) => {
          const timer = setInterval(() => socket?.write("H"), 50);
          socket?.once("close", () => clearInterval(timer));
          socket?.write("HTTP/1.1 200 OK\r\nX-Slow: ");
        },
      });
      const failure = await failureOf(reached.tool("echo", {}, { timeoutMs: 500 }));
      expect(failure.code).toBe("deadline_exceeded");
      withdraw();
    });
  });
});
