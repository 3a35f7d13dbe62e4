import { leakGuard, openFileCount, waitUntil } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { carries, startHandMade } from "./support/hand-made.js";
import { openThisMachine, type Place, places } from "./support/places.js";
import { failureOf, reach } from "./support/reach.js";

const cycles = 100;
/** Sockets that a pool keeps for the next request to the one server. */
const pooledSockets = 8;

describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  test.each(["legacy", "modern"] as const)(
    `${cycles} connections that came and went leave nothing (%s era)`,
    async (protocol) => {
      await using made = await startHandMade({ era: protocol });
      const tenAtOnce = (): Promise<unknown> =>
        Promise.all(
          Array.from({ length: 10 }, async () => {
            await using reached = await reach(place, made.url, { protocol });
            await reached.tool("echo");
          }),
        );
      const count = (): readonly number[] => place.pids.map((pid) => openFileCount(pid));
      for (let warmUp = 0; warmUp < 5; warmUp += 1) await tenAtOnce();
      const before = count();
      for (let cycle = 0; cycle < cycles; cycle += 10) await tenAtOnce();
      await Promise.all(made.front.requests.map(({ ended }) => ended));
      expect(made.server.sessions.size).toBe(0);
      await waitUntil(() => count().every((files, index) => files <= (before[index] ?? 0) + pooledSockets), {
        withinMs: 10_000,
        what: () => `As few files as before (${before.join(", ")}; now ${count().join(", ")})`,
      });
    },
  );

  test.each(["legacy", "modern"] as const)(
    "closing ends what is pending and every stream at once (%s era)",
    async (protocol) => {
      await using made = await startHandMade({ era: protocol });
      const reached = await reach(place, made.url, { protocol });
      made.front.intercept({ when: carries("tools/call"), answer: () => undefined });
      const pending = failureOf(reached.tool("echo"));
      const request = await made.front.nextRequest(carries("tools/call"));
      const startedAtMs = performance.now();
      await reached.connection.close();
      expect(await pending).toMatchObject({ code: "canceled" });
      expect(await request.ended).toBe("aborted");
      await Promise.all(made.front.requests.map(({ ended }) => ended));
      expect(performance.now() - startedAtMs).toBeLessThan(3_000);
      expect(await reached.closed).toMatchObject({ cause: "closed" });
      // A second close does nothing, and nothing can be called any more.
      await reached.connection.close();
      const late = await failureOf(reached.tool("echo"));
      expect(late.code).toBe("canceled");
    },
  );

  test.each(["legacy", "modern"] as const)(
    "a start that was given up leaves nothing (%s era)",
    async (protocol) => {
      await using made = await startHandMade({ era: protocol });
      made.front.intercept({ when: () => true, answer: () => undefined });
      const controller = new AbortController();
      const failure = failureOf(reach(place, made.url, { protocol, signal: controller.signal }));
      const request = await made.front.nextRequest(() => true);
      controller.abort();
      expect(await failure).toMatchObject({ code: "canceled" });
      expect(await request.ended).toBe("aborted");
    },
  );

  test("closing the place closes every socket", async () => {
    const own = await openPlace();
    await using made = await startHandMade();
    const reached = await reach(own, made.url, { protocol: "legacy" });
    await reached.tool("echo");
    await reached.connection.close();
    await own[Symbol.asyncDispose]();
    await made.front.untilNoConnections(5_000);
    expect(made.front.openConnections).toBe(0);
  });
});

test("this process keeps no handle of a connection that was closed", async () => {
  const guard = leakGuard();
  {
    await using place = await openThisMachine();
    await using made = await startHandMade();
    await using reached = await reach(place, made.url);
    await reached.tool("echo");
  }
  await expect(guard.expectNoLeaks()).resolves.toBeUndefined();
});
