import { expect, test } from "vitest";
import { beginEventStream, formatEvent } from "./event-stream.js";
import { forwardTo } from "./forward-to.js";
import { createHandMadeServer } from "./hand-made-server.js";
import { startHttpFront } from "./http-front.js";

const post = (url: string, message: object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: "POST", body: JSON.stringify({ jsonrpc: "2.0", ...message }), headers });

test("writes down requests, and a rule answers so many of them", async () => {
  await using front = await startHttpFront({ behind: (_request, response) => void response.end("behind") });
  const withdraw = front.intercept({
    when: ({ rpc }) => rpc?.method === "a",
    times: 1,
    answer: (_request, response) => void response.writeHead(503).end(),
  });
  expect((await post(front.url(), { id: 1, method: "a" }, { "x-one": "1" })).status).toBe(503);
  expect(await (await post(front.url("/x?y"), { id: 2, method: "a" })).text()).toBe("behind");
  const [first, second] = front.requests;
  expect(first).toMatchObject({ number: 1, method: "POST", path: "/mcp", rpc: { id: 1, method: "a" } });
  expect([first?.headers["x-one"], second?.path]).toEqual(["1", "/x?y"]);
  expect(await first?.ended).toBe("finished");
  withdraw();
  front.cutConnections();
  await front.untilNoConnections(2_000);
  expect(front.acceptedConnections).toBeGreaterThan(0);
});

test("tells how often nothing came, and what did", async () => {
  await using front = await startHttpFront({ behind: (_request, response) => void response.end() });
  await fetch(front.url());
  await expect(front.nextRequest(({ method }) => method === "DELETE", 20)).rejects.toThrow(
    "What came: 1 GET /mcp",
  );
});

test("hands on streams, and notices readers who leave on both sides", async () => {
  await using target = await startHttpFront({
    behind: (_request, response) => {
      beginEventStream(response);
      response.write(formatEvent({ data: "one\ntwo", event: "e", id: "1", retryMs: 5 }));
    },
  });
  await using front = await startHttpFront({ behind: forwardTo(target.origin) });
  const controller = new AbortController();
  const response = await fetch(front.url(), { signal: controller.signal });
  const { value } = (await response.body?.getReader().read()) ?? {};
  expect(Buffer.from(value ?? "").toString("utf8")).toBe(
    "event: e\nid: 1\nretry: 5\ndata: one\ndata: two\n\n",
  );
  controller.abort();
  expect(await front.requests[0]?.ended).toBe("aborted");
  expect(await target.requests[0]?.ended).toBe("aborted");
});

test("a hand-made server has sessions that can be forgotten", async () => {
  const server = createHandMadeServer();
  await using front = await startHttpFront({ behind: server.handle });
  const greeted = await post(front.url(), { id: 1, method: "initialize" });
  const session = { "mcp-session-id": greeted.headers.get("mcp-session-id") ?? "" };
  server.on("tools/call", () => `{"n":1.0}`);
  const called = await post(front.url(), { id: 2, method: "tools/call" }, session);
  expect(await called.text()).toBe(`{"jsonrpc":"2.0","id":2,"result":{"n":1.0}}`);
  expect((await post(front.url(), { id: 3, method: "ping" })).status).toBe(400);
  server.expireSessions();
  expect((await post(front.url(), { id: 4, method: "ping" }, session)).status).toBe(404);
});
