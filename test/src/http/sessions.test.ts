import { sendEvent, waitUntil } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { carries, countOf, posted, startHandMade } from "./support/hand-made.js";
import { type Place, places } from "./support/places.js";
import { failureOf, reach } from "./support/reach.js";
import { legacyCases } from "./support/server-cases.js";

const legacy = { protocol: "legacy" } as const;

describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  test("the session and the revision are named in every request, and the end is told", async () => {
    await using made = await startHandMade();
    {
      await using reached = await reach(place, made.url, legacy);
      await reached.tool("echo");
      await made.front.nextRequest(({ method }) => method === "GET");
    }
    const [first, ...others] = made.front.requests;
    expect(first?.headers).not.toHaveProperty("mcp-session-id");
    const ids = new Set(others.map(({ headers }) => headers["mcp-session-id"]));
    expect([ids.size, [...ids][0]]).toEqual([1, expect.stringMatching(/^\S+$/)]);
    expect(new Set(others.map(({ headers }) => headers["mcp-protocol-version"]))).toEqual(
      new Set(["2025-11-25"]),
    );
    expect(posted(made.front).at(-1)).toBe("DELETE");
    expect(made.server.sessions.size).toBe(0);
  });

  test("a server without a GET stream and without an end is fine", async () => {
    await using made = await startHandMade();
    made.front.intercept({
      when: ({ method }) => method !== "POST",
      answer: (_request, response) => void response.writeHead(405).end(),
    });
    {
      await using reached = await reach(place, made.url, legacy);
      await made.front.nextRequest(({ method }) => method === "GET");
      await reached.tool("echo");
      expect(reached.warnings).toEqual([]);
    }
    expect(posted(made.front).filter((what) => what === "GET")).toHaveLength(1);
  });

  test("a server that forgot its sessions is greeted once for ten calls, and told level and subscriptions", async () => {
    await using made = await startHandMade();
    await using reached = await reach(place, made.url, legacy);
    await reached.result("logging/setLevel", { level: "debug" });
    for (const uri of ["x:1", "x:2", "x:3"]) await reached.result("resources/subscribe", { uri });
    await reached.result("resources/unsubscribe", { uri: "x:2" });
    const before = made.front.requests.length;
    made.server.expireSessions();
    const calls = Array.from({ length: 10 }, () => reached.tool("echo"));
    expect((await Promise.all(calls)).map(({ content }) => content[0]?.text)).toEqual(
      Array.from({ length: 10 }, () => "called"),
    );
    expect(countOf(made.front, "initialize")).toBe(2);
    const since = made.front.requests.slice(before);
    const replayed = since.filter(({ rpc }) => /^(logging|resources)\//.test(String(rpc?.method)));
    expect(replayed.map(({ rpc }) => rpc?.params)).toEqual(
      expect.arrayContaining([{ level: "debug" }, { uri: "x:1" }, { uri: "x:3" }]),
    );
    expect(replayed).toHaveLength(3);
    expect(since.find(carries("initialize"))?.headers).not.toHaveProperty("mcp-session-id");
  });

  test("a server that forgets every session at once is given up after one repeat", async () => {
    await using made = await startHandMade();
    await using reached = await reach(place, made.url, legacy);
    made.front.intercept({
      when: carries("tools/call"),
      answer: (_request, response) => void response.writeHead(404).end(),
    });
    const failure = await failureOf(reached.tool("echo"));
    expect(failure).toMatchObject({ code: "unavailable", reason: "http_session_expired" });
    expect([countOf(made.front, "tools/call"), countOf(made.front, "initialize")]).toEqual([2, 2]);
  });

  test("a GET stream that drops is opened again where it was, and nothing is lost or told twice", async () => {
    await using made = await startHandMade();
    await using reached = await reach(place, made.url, legacy);
    const streamed = await made.front.nextRequest(({ method }) => method === "GET");
    const session = made.server.sessions.get(String(streamed.headers["mcp-session-id"]));
    const say = (n: number): void =>
      session?.push({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: n } });
    for (const round of [0, 1, 2]) {
      await waitUntil(() => session?.stream, { withinMs: 8_000, what: "The GET stream" });
      say(round * 2);
      await reached.untilTold(({ params }) => (params as { data: number }).data === round * 2);
      session?.stream?.end();
      await waitUntil(() => session?.stream === undefined, { withinMs: 8_000, what: "The drop" });
      say(round * 2 + 1);
    }
    await reached.untilTold(({ params }) => (params as { data: number }).data === 5);
    expect(reached.told.map(({ params }) => (params as { data: number }).data)).toEqual([0, 1, 2, 3, 4, 5]);
    const resumed = made.front.requests.filter(({ method }) => method === "GET").slice(1);
    expect(resumed.map(({ headers }) => headers["last-event-id"])).toEqual(["e-1", "e-3", "e-5"]);
  });

  test("a POST stream without its answer is asked for again where it has an id, and fails where it has none", async () => {
    await using made = await startHandMade();
    await using reached = await reach(place, made.url, legacy);
    made.server.on("tools/call", ({ response, send }) => {
      send({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "last" } });
      response.end();
      return undefined;
    });
    const failure = await failureOf(reached.tool("echo"));
    expect(failure).toMatchObject({ code: "unavailable", reason: "connection_reset", effect: "unknown" });
    const resumed = made.front.intercept({
      when: ({ method, headers }) => method === "GET" && headers["last-event-id"] === "p-1",
      answer: (_request, response) => {
        const text = { content: [{ type: "text", text: "resumed" }] };
        response.writeHead(200, { "content-type": "text/event-stream" });
        sendEvent(response, { id: "p-2", data: { jsonrpc: "2.0", id: pending, result: text } });
        response.end();
      },
    });
    let pending: unknown;
    made.server.on("tools/call", ({ response, id }) => {
      pending = id;
      response.writeHead(200, { "content-type": "text/event-stream" });
      sendEvent(response, { id: "p-1", retryMs: 10, data: "" });
      response.end();
      return undefined;
    });
    expect((await reached.tool("echo")).content[0]?.text).toBe("resumed");
    expect(countOf(made.front, "tools/call")).toBe(2);
    resumed();
  });

  describe.each(legacyCases)("a server of $name", ({ start, options }) => {
    test("is greeted anew after it was started anew, and resumed where it hung up", async () => {
      await using server = await start();
      await using reached = await reach(place, server.url, options);
      await reached.result("resources/subscribe", { uri: "fixture://one" });
      await server.program.nextEvent("subscribed");
      await server.program.order({ order: "forget-sessions" });
      await server.program.nextEvent("forgotten");
      expect((await reached.tool("echo", { text: "again" })).content[0]?.text).toBe("again");
      await server.program.nextEvent("subscribed");
      await reached.tool("touch", { uri: "fixture://one" });
      await reached.untilTold(({ method }) => method === "notifications/resources/updated");
      const late = await reached.tool("close-stream", { then_ms: 100 });
      expect(late.content[0]?.text).toBe("after the stream was closed");
      await server.front.nextRequest(({ method, headers }) => method === "GET" && "last-event-id" in headers);
    });

    test("is told the end of the session", async () => {
      await using server = await start();
      const reached = await reach(place, server.url, options);
      const { id } = await server.program.nextEvent("session");
      await reached[Symbol.asyncDispose]();
      expect(await server.program.nextEvent("deleted")).toMatchObject({ id });
    });
  });
});
