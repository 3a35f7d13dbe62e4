import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { carries, posted, startHandMade } from "./support/hand-made.js";
import { startSdkV2Server } from "./support/http-servers.js";
import { type Place, places } from "./support/places.js";
import { reach } from "./support/reach.js";
import { putFront } from "./support/server-cases.js";

const modern = { protocol: "modern" } as const;
const prefix = "io.modelcontextprotocol/";

describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  test("every request says what it is in its headers and its envelope, and needs no session", async () => {
    await using made = await startHandMade({ era: "modern" });
    made.server.on("vendor/custom", () => `{"resultType":"complete"}`);
    {
      await using reached = await reach(place, made.url, modern);
      await reached.result("tools/list");
      await reached.tool("echo", { a: 1 });
      await reached.result("vendor/custom", { x: "y" });
    }
    const calls = made.front.requests.filter(({ rpc }) => rpc?.method !== "subscriptions/listen");
    for (const { method, headers, rpc } of calls) {
      const params = rpc?.params as Record<string, Record<string, unknown>>;
      expect([method, headers["mcp-method"]]).toEqual(["POST", rpc?.method]);
      expect(headers["mcp-protocol-version"]).toBe("2026-07-28");
      expect(headers).not.toHaveProperty("mcp-session-id");
      expect(params["_meta"]).toMatchObject({
        [`${prefix}protocolVersion`]: "2026-07-28",
        [`${prefix}clientCapabilities`]: { elicitation: {} },
        [`${prefix}clientInfo`]: { name: "test", version: "1" },
      });
    }
    expect(calls.find(carries("tools/call"))?.headers["mcp-name"]).toBe("echo");
    expect(posted(made.front)).not.toContain("DELETE");
    expect(posted(made.front)).not.toContain("GET");
  });

  test("questions are answered in rounds, each with its own state", async () => {
    await using made = await startHandMade({ era: "modern" });
    const rounds: Record<string, unknown>[] = [];
    made.server.on("tools/call", ({ params }) => {
      rounds.push(params);
      const round = rounds.length;
      if (round === 3) return `{"resultType":"complete","content":[{"type":"text","text":"done"}]}`;
      const ask = { method: "elicitation/create", params: { mode: "form", message: `${round}` } };
      const inputRequests = { [`k${round}`]: { ...ask, params: { ...ask.params, requestedSchema: {} } } };
      return JSON.stringify({
        resultType: "input_required",
        inputRequests,
        requestState: `state "${round}"\\u00e9`,
      });
    });
    await using reached = await reach(place, made.url, modern);
    expect((await reached.tool("ask", { a: 1 })).content[0]?.text).toBe("done");
    const accepted = { action: "accept", content: { name: "Ada" } };
    expect(rounds.map(({ requestState, inputResponses }) => [requestState, inputResponses])).toEqual([
      [undefined, undefined],
      [`state "1"\\u00e9`, { k1: accepted }],
      [`state "2"\\u00e9`, { k2: accepted }],
    ]);
    expect(
      rounds.every(({ name, arguments: args }) => name === "ask" && JSON.stringify(args) === `{"a":1}`),
    ).toBe(true);
    const ids = made.front.requests.filter(carries("tools/call")).map(({ rpc }) => rpc?.id);
    expect(new Set(ids).size).toBe(3);
  });

  test("a changed list is told", async () => {
    await using server = await putFront(startSdkV2Server("reject"));
    await using reached = await reach(place, server.url, modern);
    await server.front.nextRequest(carries("subscriptions/listen"));
    // The listener may still be on its way through the server: a change before it is nobody's.
    await reached.tool("echo", { text: "hi" });
    await server.program.order({ order: "tools-changed" });
    const told = await reached.untilTold(({ method }) => method === "notifications/tools/list_changed");
    expect(told.raw ?? "").not.toContain("subscriptionId");
  });

  test("listening goes on after the line was cut", async () => {
    await using server = await putFront(startSdkV2Server("reject"));
    await using reached = await reach(place, server.url, modern);
    const updates = (): number =>
      reached.told.filter(({ method }) => method === "notifications/resources/updated").length;
    await reached.result("resources/subscribe", { uri: "fixture://one" });
    await reached.tool("touch", { uri: "fixture://one" });
    await reached.untilTold(() => updates() === 1);
    const listening = (): number => server.front.requests.filter(carries("subscriptions/listen")).length;
    const before = listening();
    server.front.cutConnections();
    while (listening() === before) await server.front.nextRequest(carries("subscriptions/listen"));
    await reached.tool("touch", { uri: "fixture://one" });
    // What may have been missed meanwhile is told too, so there can be one more.
    await reached.untilTold(() => updates() >= 2);
    expect(reached.warnings).toEqual([]);
  });
});
