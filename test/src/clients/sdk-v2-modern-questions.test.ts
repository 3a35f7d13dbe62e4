import { waitUntil } from "@fairlead/testkit";
import type { ElicitResult } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ModernAgent, openModernAgent } from "./modern-agent.js";

// What servers of the legacy era say on their own, towards a client of the modern era: questions (as input_required), log
// messages, updates of resources.
let answer: ElicitResult;
let questions: unknown[];
let agent: ModernAgent;
beforeAll(async () => {
  agent = await openModernAgent({
    capabilities: { elicitation: { form: {}, url: {} }, roots: {} },
    prepare: (client) => {
      client.setRequestHandler("elicitation/create", async ({ params }) => {
        questions.push(params);
        return answer;
      });
      client.setRequestHandler("roots/list", async () => ({ roots: [{ uri: "file:///srv", name: "srv" }] }));
    },
  });
});
afterAll(async () => agent[Symbol.asyncDispose]());
beforeEach(() => {
  answer = { action: "decline" };
  questions = [];
});

function ask(args: Record<string, unknown> = {}): ReturnType<ModernAgent["client"]["callTool"]> {
  return agent.client.callTool({ name: "fix__ask", arguments: args });
}

/** Lets the server log, and gives what came of it. @param wanted the level that the request asks for */
async function log(level: string, wanted?: string): Promise<string[]> {
  const from = agent.notifications.length;
  await agent.client.callTool({
    name: "fix__log",
    arguments: { level, text: `${level} for ${wanted}` },
    ...(wanted === undefined ? {} : { _meta: { "io.modelcontextprotocol/logLevel": wanted } }),
  });
  await agent.client.callTool({ name: "fix__echo", arguments: { text: "later" } });
  return agent.notifications.slice(from).map(({ method }) => method);
}

describe("a question that cannot be put", () => {
  test.each(["vendor/question", "ping/pong"])(
    "%s gets a named error, and the call goes on",
    async (method) => {
      const { structuredContent } = await ask({ method, params: {} });
      expect(structuredContent).toMatchObject({
        answer: { error: { code: expect.any(Number), message: expect.stringContaining(method) } },
      });
    },
  );

  test("is not put to a client that announced nothing", async () => {
    const { client } = await agent.connectAnother({ versionNegotiation: { mode: { pin: "2026-07-28" } } });
    const { structuredContent } = await client.callTool({ name: "fix__ask", arguments: {} });
    expect(structuredContent).toMatchObject({ answer: { error: { message: expect.any(String) } } });
  });
});

describe("what a legacy server says comes to the modern client", () => {
  test("a server behind hears what the agent can do", async () => {
    const { content } = await agent.client.callTool({ name: "facts__client" });
    expect(JSON.stringify(content)).toContain("elicitation");
  });

  test("the tools are those that a legacy client with the same capabilities sees", async () => {
    const { tools } = await agent.client.listTools();
    const own = tools.map(({ name }) => name).filter((name) => name.startsWith("ev__"));
    expect(own).toEqual((await agent.legacy.listTools()).tools.map(({ name }) => `ev__${name}`));
  });

  test("a form is answered inside the call", async () => {
    answer = { action: "accept", content: { name: "Ada", integer: 7 } };
    const { content } = await agent.client.callTool({ name: "ev__trigger-elicitation-request" });
    expect(JSON.stringify(content)).toContain("- Favorite Integer: 7");
    expect(questions).toMatchObject([{ message: expect.stringContaining("Please provide inputs") }]);
  });

  test("a form can be declined", async () => {
    const { content } = await agent.client.callTool({ name: "ev__trigger-elicitation-request" });
    expect(JSON.stringify(content)).toContain("User declined");
  });

  test("a URL is opened inside the call", async () => {
    answer = { action: "accept" };
    const args = { url: "https://example.invalid/a", elicitationId: "id-1" };
    const { content } = await agent.client.callTool({ name: "ev__trigger-url-elicitation", arguments: args });
    expect(JSON.stringify(content)).toContain("completed the URL elicitation flow");
    expect(questions).toMatchObject([{ mode: "url", url: args.url }]);
  });

  test("calls at the same time get each their own answer", async () => {
    answer = { action: "accept", content: { name: "Ada" } };
    for (const { structuredContent } of await Promise.all([ask(), ask(), ask()])) {
      expect(structuredContent).toMatchObject({ answer: { result: { action: "accept" } } });
    }
    expect(questions).toHaveLength(3);
  });

  test("roots are told", async () => {
    const { structuredContent } = await ask({ method: "roots/list", params: {} });
    expect(structuredContent).toMatchObject({ answer: { result: { roots: [{ uri: "file:///srv" }] } } });
  });

  test("log messages come at the level that a request asks for, and not without one", async () => {
    expect(await log("error", "warning")).toEqual(["notifications/message"]);
    expect(await log("info", "warning")).toEqual([]);
    expect(await log("error")).toEqual([]);
  });

  test("updates of resources come to who listens", async () => {
    const uri = "fixture://text";
    const subscription = await agent.client.listen({ resourceSubscriptions: [uri] });
    try {
      expect(subscription.honoredFilter).toEqual({ resourceSubscriptions: [uri] });
      const from = agent.notifications.length;
      await agent.client.callTool({ name: "fix__touch", arguments: { uri } });
      const update = await waitUntil(() => agent.notifications[from], {
        withinMs: 3_000,
        what: "The update",
      });
      expect(update).toMatchObject({ method: "notifications/resources/updated", params: { uri } });
    } finally {
      await subscription.close();
    }
  });
});

test("the gateway sends nothing that the client cannot place", () => {
  expect(agent.complaints).toEqual([]);
});
