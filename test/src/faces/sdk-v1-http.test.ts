import { waitUntil } from "@fairlead/testkit";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isLateProgress, watchProgress } from "../servers/support/watch-progress.js";
import { type HttpAgents, openHttpAgents, type V1HttpAgent } from "./support/open-http-agents.js";

// The official SDK v1 client against `fairlead serve --http`: sessions, streams both ways, questions, the end.
let agents: HttpAgents;
let agent: V1HttpAgent;
beforeAll(async () => {
  agents = await openHttpAgents();
  agent = await agents.connectV1(
    { capabilities: { elicitation: {}, sampling: {}, roots: { listChanged: true } } },
    {
      prepare: (client) => {
        client.setRequestHandler(ElicitRequestSchema, async () => ({
          action: "accept",
          content: { name: "Ada" },
        }));
        client.setRequestHandler(ListRootsRequestSchema, async () => ({
          roots: [{ uri: "file:///srv", name: "srv" }],
        }));
        client.setRequestHandler(CreateMessageRequestSchema, async () => ({
          model: "none",
          role: "assistant",
          content: { type: "text", text: "sampled" },
        }));
      },
    },
  );
}, 60_000);
afterAll(async () => agents?.[Symbol.asyncDispose]());

test("the handshake gives a session, and the tools of all servers", async () => {
  expect(agent.transport.sessionId).toMatch(/^\S{20,}$/);
  const { tools } = await agent.client.listTools();
  const names = tools.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["ev__echo", "fix__echo"]));
});

test("calls are answered, many at once", async () => {
  const calls = Array.from({ length: 50 }, async (_, index) => {
    const { content } = await agent.client.callTool({
      name: "fix__echo",
      arguments: { text: `é ${index} \u2028` },
    });
    return content;
  });
  expect(await Promise.all(calls)).toEqual(
    calls.map((_, index) => [{ type: "text", text: `é ${index} \u2028` }]),
  );
});

test("progress comes before the answer, in order", async () => {
  using watched = watchProgress(agent.client);
  await agent.client.callTool({ name: "fix__progress", arguments: { steps: 5, interval_ms: 5 } }, undefined, {
    onprogress: () => {},
  });
  expect(watched.steps).toEqual([1, 2, 3, 4, 5]);
});

test("a call that is taken back is taken back at its server", async () => {
  const abort = new AbortController();
  const call = agent.client.callTool({ name: "fix__sleep", arguments: { ms: 60_000 } }, undefined, {
    signal: abort.signal,
  });
  call.catch(() => undefined);
  await agent.client.callTool({ name: "fix__echo", arguments: { text: "in between" } });
  abort.abort("enough");
  await expect(call).rejects.toThrow("enough");
  const cancelled = await waitUntil(
    async () => {
      const { structuredContent } = await agent.client.callTool({ name: "fix__cancelled" });
      const list = (structuredContent as { cancelled: unknown[] }).cancelled;
      return list.length === 0 ? undefined : list;
    },
    { withinMs: 3_000, what: "The cancellation" },
  );
  expect(cancelled).toHaveLength(1);
});

test("questions of a server are answered: elicitation, sampling, roots", async () => {
  const asked = await agent.client.callTool({ name: "ev__trigger-elicitation-request" });
  expect(JSON.stringify(asked)).toContain("Ada");
  const sampled = await agent.client.callTool({
    name: "ev__trigger-sampling-request",
    arguments: { prompt: "p", maxTokens: 5 },
  });
  expect(JSON.stringify(sampled)).toContain("sampled");
  const roots = await agent.client.callTool({ name: "ev__get-roots-list" });
  expect(JSON.stringify(roots)).toContain("file:///srv");
});

test("what belongs to no request comes over the standing stream", async () => {
  const before = agent.notifications.length;
  await agent.client.callTool({ name: "fix__notify-list-changed", arguments: { what: "tools" } });
  await waitUntil(
    () =>
      agent.notifications.slice(before).some(({ method }) => method === "notifications/tools/list_changed"),
    { withinMs: 3_000, what: "The change" },
  );
  expect(agent.complaints.filter((complaint) => !isLateProgress(complaint))).toEqual([]);
});

test("the endpoint of one server has its own names", async () => {
  const single = await agents.connectV1({}, { server: "fix" });
  expect(single.client.getServerVersion()?.name).not.toBe("fairlead");
  const { content } = await single.client.callTool({ name: "echo", arguments: { text: "bare" } });
  expect(content).toEqual([{ type: "text", text: "bare" }]);
});

test("a session that was ended is over, and a new one can be begun", async () => {
  const leaving = await agents.connectV1();
  await leaving.client.listTools();
  const id = leaving.transport.sessionId ?? "";
  await leaving.transport.terminateSession();
  const answer = await fetch(agents.gateway.endpoint(), {
    method: "POST",
    headers: {
      authorization: `Bearer ${agents.gateway.token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-session-id": id,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
  });
  expect(answer.status).toBe(404);
  const next = await agents.connectV1();
  expect(next.transport.sessionId).not.toBe(id);
  await next.client.ping();
});
