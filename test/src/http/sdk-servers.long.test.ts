import { setTimeout as wait } from "node:timers/promises";
import { listAll } from "@fairlead/mcp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Place, places } from "./support/places.js";
import { failureOf, RpcAnswerError, reach } from "./support/reach.js";
import { type FrontedServer, serverCases } from "./support/server-cases.js";

const logLevelKey = "io.modelcontextprotocol/logLevel";

describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  describe.each(serverCases)("a server of $name", ({ era, start, options }) => {
    let server: FrontedServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => server?.[Symbol.asyncDispose]());

    test("says who it is, and shows all pages of its list", async () => {
      await using reached = await reach(place, server.url, options);
      expect(reached.connection.initializeResult.protocolVersion).toBe(
        era === "legacy" ? "2025-11-25" : "2026-07-28",
      );
      const { items, pages, warnings } = await listAll(reached.connection, "tools/list");
      expect(items).toHaveLength(250);
      expect(items.at(-1)?.name).toBe("filler-237");
      expect([pages.length, warnings]).toEqual([3, []]);
    });

    test("tells its progress, in order and all before the answer", async () => {
      await using reached = await reach(place, server.url, options);
      const steps: unknown[] = [];
      const params = {
        name: "slow",
        arguments: { steps: 200 },
        _meta: { progressToken: "mine" },
      };
      await reached.result("tools/call", params, {
        onProgress: (raw) => void steps.push(JSON.parse(raw.toString("utf8"))),
      });
      const expected = Array.from({ length: 200 }, (_unused, index) => index + 1);
      expect(steps.map((step) => (step as { progress: number }).progress)).toEqual(expected);
      expect(steps[0]).toMatchObject({ progressToken: "mine", total: 200, message: "step 1" });
    });

    test("asks its questions, and a call's clock stands meanwhile", async () => {
      await using reached = await reach(place, server.url, {
        ...options,
        answer: async ({ method }) => {
          await wait(700);
          if (method !== "elicitation/create") return sampled;
          return { action: "accept", content: { name: "Grace" } };
        },
      });
      const elicited = await reached.tool("elicit", { message: "Who?" }, { timeoutMs: 600 });
      expect(elicited.structuredContent).toMatchObject({
        question: { action: "accept", content: { name: "Grace" } },
      });
      const sampledAnswer = await reached.tool("sample", { prompt: "Speak" }, { timeoutMs: 600 });
      expect(sampledAnswer.structuredContent).toMatchObject({ question: sampled });
      expect(reached.asked).toMatchObject([
        { method: "elicitation/create", params: { message: "Who?" } },
        { method: "sampling/createMessage", params: { maxTokens: 10 } },
      ]);
    });

    test("logs at the level that was asked for", async () => {
      await using reached = await reach(place, server.url, options);
      const meta = era === "modern" ? { _meta: { [logLevelKey]: "warning" } } : {};
      if (era === "legacy") await reached.result("logging/setLevel", { level: "warning" });
      for (const level of ["info", "error"]) {
        const call = { name: "log", arguments: { level, text: `${level} text` }, ...meta };
        await reached.result("tools/call", call);
      }
      await reached.untilTold(({ method }) => method === "notifications/message");
      const logged = reached.told.filter(({ method }) => method === "notifications/message");
      expect(logged.map(({ params }) => (params as { data: string }).data)).toEqual(["error text"]);
    });

    test("tells about a resource that was subscribed to", async () => {
      await using reached = await reach(place, server.url, options);
      await reached.result("resources/subscribe", { uri: "fixture://two" });
      await reached.tool("touch", { uri: "fixture://one" });
      await reached.tool("touch", { uri: "fixture://two" });
      const told = await reached.untilTold(({ method }) => method === "notifications/resources/updated");
      expect(told.params).toMatchObject({ uri: "fixture://two" });
    });

    test("is told that a call was aborted", async () => {
      await using reached = await reach(place, server.url, options);
      const controller = new AbortController();
      const failure = failureOf(reached.tool("hang", {}, { signal: controller.signal }));
      await server.program.nextEvent("hanging");
      controller.abort("no longer wanted");
      expect(await failure).toMatchObject({ code: "canceled" });
      const { reason } = await server.program.nextEvent("cancelled");
      // In the modern era the stream is closed, which carries no words.
      expect([reason, reason === "no longer wanted"]).toEqual([reason, era === "legacy"]);
      expect((await reached.tool("echo", { text: "on" })).content[0]?.text).toBe("on");
    });

    test("is told that a call took too long", async () => {
      await using reached = await reach(place, server.url, options);
      const failure = await failureOf(reached.tool("hang", {}, { timeoutMs: 300 }));
      expect(failure).toMatchObject({ code: "deadline_exceeded", effect: "unknown" });
      await server.program.nextEvent("cancelled");
      await server.program.nextEvent("hanging");
      expect((await reached.tool("echo", { text: "on" })).content[0]?.text).toBe("on");
    });

    test("answers methods that nobody else knows, pictures, and failures of both kinds", async () => {
      await using reached = await reach(place, server.url, options);
      expect(await reached.result("vendor/custom", { a: [1] })).toMatchObject({
        custom: true,
        method: "vendor/custom",
        params: { a: [1] },
      });
      expect((await reached.tool("image")).content[0]).toMatchObject({
        type: "image",
        mimeType: "image/png",
      });
      expect(await reached.tool("error")).toMatchObject({ isError: true });
      const thrown = reached.tool("throw");
      await expect(thrown).rejects.toThrow(RpcAnswerError);
      await expect(thrown).rejects.toMatchObject({ code: -32_603, message: "thrown as asked" });
    });

    test("answers many calls at once, each its own", async () => {
      await using reached = await reach(place, server.url, options);
      const texts = Array.from({ length: 30 }, (_unused, index) => `text ${index}`);
      const answers = await Promise.all(texts.map((text) => reached.tool("echo", { text })));
      expect(answers.map(({ content }) => content[0]?.text)).toEqual(texts);
      expect(reached.warnings).toEqual([]);
    });
  });
});

const sampled = { role: "assistant", model: "fake", content: { type: "text", text: "hello" } };
