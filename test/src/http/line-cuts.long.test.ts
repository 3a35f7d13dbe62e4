import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEverythingServer } from "./support/http-servers.js";
import { type Place, places } from "./support/places.js";
import { failureOf, reach } from "./support/reach.js";
import { legacyCases, putFront } from "./support/server-cases.js";

// Every connection to the server is cut while calls run: what can be resumed is, and the rest is told.
describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  test.each(legacyCases)(
    "a call to a server of $name goes on where the line was cut",
    async ({ start, options }) => {
      await using server = await start();
      await using reached = await reach(place, server.url, options);
      const steps: number[] = [];
      const params = {
        name: "slow",
        arguments: { steps: 40, interval_ms: 25 },
        _meta: { progressToken: "p" },
      };
      const answer = await reached.result("tools/call", params, {
        onProgress: (raw) => {
          const { progress } = JSON.parse(raw.toString("utf8")) as { progress: number };
          steps.push(progress);
          if (progress === 5 || progress === 20) server.front.cutConnections();
        },
      });
      expect(answer["content"]).toEqual([{ type: "text", text: "40 steps done" }]);
      expect(steps).toEqual(Array.from({ length: 40 }, (_unused, index) => index + 1));
      expect(server.front.requests.filter(({ rpc }) => rpc?.method === "tools/call")).toHaveLength(1);
    },
  );

  test.each(legacyCases)("what a server of $name says meanwhile arrives once", async ({ start, options }) => {
    await using server = await start();
    await using reached = await reach(place, server.url, options);
    await reached.result("resources/subscribe", { uri: "fixture://one" });
    for (const round of [1, 2, 3]) {
      // A stream that is there again proves that the cut was noticed: no call goes out on a dead connection.
      await server.front.nextRequest(({ method }) => method === "GET");
      await reached.tool("touch", { uri: "fixture://one" });
      await reached.untilTold(() => reached.told.length >= round);
      server.front.cutConnections();
    }
    await server.front.nextRequest(({ method }) => method === "GET");
    await reached.tool("touch", { uri: "fixture://one" });
    await reached.untilTold(() => reached.told.length >= 4);
    expect(reached.told.map(({ method }) => method)).toEqual(
      Array.from({ length: 4 }, () => "notifications/resources/updated"),
    );
  });

  test("a server of the first revision is lost with its stream, and that is told", async () => {
    await using server = await putFront(startEverythingServer("sse"));
    await using reached = await reach(place, server.url, { protocol: "legacy" });
    const failure = failureOf(reached.tool("trigger-long-running-operation", { duration: 30, steps: 30 }));
    await server.front.nextRequest(({ rpc }) => rpc?.method === "tools/call");
    server.front.cutConnections();
    expect(await failure).toMatchObject({
      code: "unavailable",
      reason: "connection_reset",
      effect: "unknown",
    });
    expect(await reached.closed).toMatchObject({ cause: "lost" });
  });
});
