import { processesWithMarker, waitUntil } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixtureServer } from "../servers/support/raw-gateway.js";
import { type ModernRawAgent, openModernRawAgent } from "./support/modern-raw-agent.js";
import { v2ServerPath } from "./support/open-v2-server.js";

// A modern agent, byte for byte, before a server that asks in the middle of a call: the call waits while nobody does.
const capabilities = { elicitation: { form: {} }, roots: {} };
let agent: ModernRawAgent;
beforeAll(async () => {
  agent = await openModernRawAgent({ servers: { fix: fixtureServer() } }, { capabilities });
});
afterAll(async () => agent[Symbol.asyncDispose]());

const ask = (more: object = {}) => agent.callTool("fix__ask", more);
const answerOf = (result: object): unknown =>
  ((result as { structuredContent?: { answer?: unknown } }).structuredContent ?? {}).answer;

describe("a question of a legacy server", () => {
  test("is the answer to the call, and the repeated call brings the result", async () => {
    const asked = await ask();
    expect(asked).toMatchObject({
      resultType: "input_required",
      inputRequests: { q1: { method: "elicitation/create" } },
    });
    const inputResponses = { q1: { action: "accept", content: { "x-unknown": [1] } } };
    const result = await ask({ inputResponses, requestState: asked["requestState"] });
    expect(result["resultType"]).toBe("complete");
    expect(answerOf(result)).toEqual({ result: inputResponses.q1 });
  });

  test("is put again if it was left out, and again", async () => {
    const asked = await ask();
    const { inputRequests, requestState } = asked;
    const again = await ask({ requestState });
    expect(again["inputRequests"]).toEqual(inputRequests);
    expect(again["requestState"]).not.toBe(requestState);
    const third = await ask({ requestState: again["requestState"], inputResponses: { other: {} } });
    expect(third["inputRequests"]).toEqual(inputRequests);
    // An agent that lost the last answers may go on from an older one.
    const result = await ask({ requestState, inputResponses: { q1: { action: "decline" } } });
    expect(answerOf(result)).toEqual({ result: { action: "decline" } });
  });

  test("of two calls at once goes to one of them each, and both end", async () => {
    const asked = await Promise.all([ask(), ask()]);
    const results = await Promise.all(
      asked.map(({ requestState, inputRequests }) => {
        const [key = ""] = Object.keys(inputRequests as object);
        return ask({ requestState, inputResponses: { [key]: { action: "accept" } } });
      }),
    );
    expect(results.map(answerOf)).toEqual([
      { result: { action: "accept" } },
      { result: { action: "accept" } },
    ]);
  });

  test("that the agent cannot answer gets a named error, and the call goes on", async () => {
    const result = await ask({ arguments: { method: "sampling/createMessage", params: { messages: [] } } });
    expect(answerOf(result)).toMatchObject({
      error: { code: -32021, data: { requiredCapabilities: { sampling: {} } } },
    });
  });
});

test("a state serves its own call once, and nobody can make one up", async () => {
  const { requestState } = await ask();
  await expect(agent.callTool("fix__echo", { requestState })).rejects.toThrow(
    "belongs to tools/call fix__ask",
  );
  await ask({ requestState, inputResponses: { q1: { action: "cancel" } } });
  await expect(ask({ requestState })).rejects.toThrow("start over");
  await expect(ask({ requestState: "made up" })).rejects.toThrow("start over");
});

test("a call that was asked about and is then taken back is taken back at the server", async () => {
  const asked = await ask();
  const id = await agent.send("tools/call", { name: "fix__sleep", arguments: { ms: 60_000 } });
  // One that is taken back before it was sent on never gets to the server at all.
  await agent.callTool("fix__pid");
  await agent.client.notify("notifications/cancelled", { requestId: id, reason: "enough" });
  const cancelled = await waitUntil(
    async () => {
      const { structuredContent } = await agent.callTool("fix__cancelled");
      const list = (structuredContent as { cancelled: unknown[] }).cancelled;
      return list.length > 0 ? list : undefined;
    },
    { withinMs: 5_000, what: "The cancellation" },
  );
  expect(JSON.stringify(cancelled)).toContain("enough");
  const { requestState } = asked;
  const result = await ask({ requestState, inputResponses: { q1: { action: "accept" } } });
  expect(answerOf(result)).toEqual({ result: { action: "accept" } });
});

test("an agent that leaves in the middle of a question leaves nothing behind", async () => {
  await using other = await openModernRawAgent({ servers: { fix: fixtureServer() } }, { capabilities });
  expect(await other.callTool("fix__ask")).toHaveProperty("requestState");
  expect(processesWithMarker(other.home.marker).length).toBeGreaterThan(1);
  other.client.closeStdin();
  expect((await other.client.exited).code).toBe(0);
  // Disposing the home fails if a process is still alive.
});

describe("a modern server on an endpoint of its own", () => {
  let single: ModernRawAgent;
  beforeAll(async () => {
    single = await openModernRawAgent(
      { servers: { new: { command: process.execPath, args: [v2ServerPath, "--modern-only"] } } },
      { capabilities, flags: ["--server", "new"] },
    );
  });
  afterAll(async () => single[Symbol.asyncDispose]());

  test("speaks for itself", async () => {
    const found = await single.ask("server/discover");
    expect(found).toMatchObject({
      supportedVersions: expect.arrayContaining(["2026-07-28"]),
      instructions: "Ask nicely.",
      _meta: { "io.modelcontextprotocol/serverInfo": { name: "sdk-v2" } },
    });
  });

  test("asks the agent itself, and gets its answers and its own state back", async () => {
    const asked = await single.callTool("ask");
    expect(asked).toMatchObject({ resultType: "input_required", requestState: 'state "é"' });
    const inputResponses = { name: { action: "accept", content: { name: "Ada" } } };
    const { content } = await single.callTool("ask", { inputResponses, requestState: asked["requestState"] });
    const [{ text }] = content as [{ text: string }];
    expect(JSON.parse(text)).toEqual([inputResponses, 'state "é"']);
  });
});
