import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { carries, type HandMade, startHandMade } from "./support/hand-made.js";
import { oddAnswers, rpcAnswer } from "./support/hostile-answers.js";
import { type Place, places } from "./support/places.js";
import { reach } from "./support/reach.js";

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

    test.each(Object.keys(oddAnswers))("%s is an answer like any other", async (name) => {
      await using reached = await reach(place, made.url, { protocol });
      const answer = oddAnswers[name];
      if (answer === undefined) throw new Error(`No answer ${name}`);
      const withdraw = made.front.intercept({ when: carries("tools/call"), answer });
      expect((await reached.tool("echo", {}, { timeoutMs: 10_000 })).content[0]?.text).toBe("fine");
      withdraw();
    });

    test("30 MiB arrive whole", async () => {
      await using reached = await reach(place, made.url, { protocol });
      const withdraw = made.front.intercept({
        when: carries("tools/call"),
        answer: (request, response) => {
          response.writeHead(200, { "content-type": "application/json" });
          response.end(rpcAnswer(request, 30 << 20));
        },
      });
      const answer = await reached.tool("echo");
      expect(answer.content[0]?.text?.length).toBe(30 << 20);
      withdraw();
    });
  });
});
