import { listAll } from "@fairlead/mcp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEverythingServer } from "./support/http-servers.js";
import { type Place, places } from "./support/places.js";
import { reach } from "./support/reach.js";
import { type FrontedServer, putFront } from "./support/server-cases.js";

// The reference server of the protocol's authors, over both transports of the legacy era that use HTTP.
describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  describe.each(["streamableHttp", "sse"] as const)("server-everything over %s", (mode) => {
    let server: FrontedServer;
    beforeAll(async () => {
      server = await putFront(startEverythingServer(mode));
    });
    afterAll(async () => server?.[Symbol.asyncDispose]());

    test("is found out, listed and called", async () => {
      await using reached = await reach(place, server.url);
      expect(reached.eras).toEqual(["legacy"]);
      const { items } = await listAll(reached.connection, "tools/list");
      expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(["echo", "get-sum"]));
      expect((await reached.tool("echo", { message: "hi" })).content[0]?.text).toContain("hi");
      const { items: resources } = await listAll(reached.connection, "resources/list");
      expect(resources.length).toBeGreaterThan(0);
    });

    test("tells its progress", async () => {
      await using reached = await reach(place, server.url);
      const steps: number[] = [];
      await reached.result(
        "tools/call",
        {
          name: "trigger-long-running-operation",
          arguments: { duration: 0.2, steps: 4 },
          _meta: { progressToken: 7 },
        },
        {
          onProgress: (raw) =>
            void steps.push((JSON.parse(raw.toString("utf8")) as { progress: number }).progress),
        },
      );
      expect(steps).toEqual([1, 2, 3, 4]);
    });

    test("asks its questions", async () => {
      await using reached = await reach(place, server.url, { protocol: "legacy" });
      const sampled = await reached.tool("trigger-sampling-request", { prompt: "say", maxTokens: 5 });
      expect(JSON.stringify(sampled.content)).toContain("hello");
      await reached.tool("trigger-elicitation-request");
      expect(reached.asked.map(({ method }) => method)).toEqual(
        expect.arrayContaining(["sampling/createMessage", "elicitation/create"]),
      );
    });
  });
});
