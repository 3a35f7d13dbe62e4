import type { RawClient, RawMessage, RawResponse, RawResult } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "./support/dispose-stack.js";
import { exchange, fixtureServer, openRawGateway } from "./support/raw-gateway.js";
import { startTestExecutor } from "./support/start-test-executor.js";

// One agent, one fixture server on an executor daemon; everything that goes to and fro beside plain answers.
const stack = createDisposeStack();
let client: RawClient;
beforeAll(async () => {
  const executor = stack.use(await startTestExecutor());
  const gateway = await openRawGateway(
    {
      servers: { srv: fixtureServer({ executor: "devbox" }) },
      executors: { devbox: { url: executor.url } },
    },
    { capabilities: { elicitation: {}, sampling: {}, roots: {} } },
  );
  client = stack.use(gateway).client;
});
afterAll(async () => stack[Symbol.asyncDispose]());

function call(tool: string, args: object = {}, more: object = {}): Promise<RawResponse<RawResult>> {
  return client.request("tools/call", { name: `srv__${tool}`, arguments: args, ...more });
}

function isMethod(method: string): (message: RawMessage) => boolean {
  return (message) => message.method === method;
}

function structured({ result }: RawResponse<RawResult>): unknown {
  return { ...result }["structuredContent"];
}

/** Lets the server ask, answers with the very text, and gives the question and what the server made of the answer. */
async function ask(
  method: string,
  params: object,
  answer: string,
): Promise<{ question: RawMessage; told: unknown }> {
  const answered = call("ask", { method, params });
  const question = await client.nextMessage(isMethod(method));
  await client.sendRaw(`{"jsonrpc":"2.0","id":${JSON.stringify(question.id)},${answer}}\n`);
  return { question, told: (structured(await answered) as { answer: unknown }).answer };
}

/** The ids and reasons that the server was told to give up. */
async function cancelledAtServer(): Promise<{ requestId: unknown; reason?: unknown }[]> {
  return (structured(await call("cancelled")) as { cancelled: { requestId: unknown }[] }).cancelled;
}

describe("progress", () => {
  test.each(['"a text"', '"7"', "7", "0", "-3", "1.5", "12345678901234567890"])(
    "comes with the very token %s that was asked with, all of it before the result",
    async (token) => {
      const from = client.lines.length;
      const params = `{"name":"srv__progress","arguments":{"steps":20},"_meta":{"progressToken":${token}}}`;
      await exchange(client, `{"jsonrpc":"2.0","id":"p","method":"tools/call","params":${params}}`, '"p"');
      const lines = client.lines.slice(from).map((line) => line.toString("utf8"));
      expect(lines).toHaveLength(21);
      for (const [index, line] of lines.slice(0, 20).entries()) {
        expect(line).toContain(`"progressToken":${token},"progress":${index + 1},`);
      }
      expect(lines[20]).toContain("20 steps done");
    },
  );

  test("of two calls with the same token in different types is kept apart", async () => {
    const args = { steps: 3, interval_ms: 5 };
    const from = client.messages.length;
    await Promise.all([
      call("progress", args, { _meta: { progressToken: "1" } }),
      call("progress", { ...args, steps: 2 }, { _meta: { progressToken: 1 } }),
    ]);
    const totals = client.messages
      .slice(from)
      .filter(isMethod("notifications/progress"))
      .map(({ params }) => params as { progressToken: unknown; total: unknown });
    expect(totals.filter(({ progressToken }) => progressToken === "1").map(({ total }) => total)).toEqual([
      3, 3, 3,
    ]);
    expect(totals.filter(({ progressToken }) => progressToken === 1).map(({ total }) => total)).toEqual([
      2, 2,
    ]);
  });

  test("is not sent where nobody asked", async () => {
    const from = client.messages.length;
    await call("progress", { steps: 5 });
    expect(client.messages.slice(from)).toHaveLength(1);
  });
});

describe("cancellation", () => {
  test.each(['"a text"', "901", "1.5", '"1.5"', "12345678901234567890"])(
    "of the request %s reaches the server with its reason, and no answer follows",
    async (idRaw) => {
      const before = await cancelledAtServer();
      const from = client.messages.length;
      const params = '{"name":"srv__sleep","arguments":{"ms":60000},"_meta":{"progressToken":1}}';
      await client.sendRaw(`{"jsonrpc":"2.0","id":${idRaw},"method":"tools/call","params":${params}}\n`);
      // Requests go to a server in order, so by this answer it has the one before.
      await call("echo", { text: "in between" });
      const cancel = `{"requestId":${idRaw},"reason":"not ${idRaw.replaceAll('"', "'")}"}`;
      await client.sendRaw(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${cancel}}\n`);
      const [entry, ...more] = (await cancelledAtServer()).slice(before.length);
      expect(entry?.reason).toBe(`not ${idRaw.replaceAll('"', "'")}`);
      expect(more).toEqual([]);
      // Whatever the server had sent for it would be here by the time of a later answer.
      await call("echo", { text: "later" });
      const ids = client.messages.slice(from).map(({ id }) => id);
      expect(ids).not.toContain(JSON.parse(idRaw));
    },
  );

  test("in the same breath as the request means no answer either", async () => {
    const from = client.messages.length;
    const params = '{"name":"srv__sleep","arguments":{"ms":60000}}';
    const request = `{"jsonrpc":"2.0","id":"both","method":"tools/call","params":${params}}`;
    const cancel = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"both"}}';
    await client.sendRaw(`${request}\n${cancel}\n`);
    await call("echo", { text: "later" });
    expect(client.messages.slice(from)).toHaveLength(1);
  });

  test("of something that is over, or never was, is nothing", async () => {
    const before = await cancelledAtServer();
    await client.notify("notifications/cancelled", { requestId: "never was" });
    await client.notify("notifications/cancelled", { requestId: 1, reason: "too late" });
    await client.notify("notifications/cancelled", {});
    await client.notify("notifications/cancelled");
    expect(await cancelledAtServer()).toEqual(before);
  });
});

describe("notifications of the server", () => {
  test.each(["tools", "prompts", "resources"])("a changed list of %s is told", async (what) => {
    const told = client.nextMessage(isMethod(`notifications/${what}/list_changed`));
    await call("notify-list-changed", { what });
    expect(await told).toEqual({ jsonrpc: "2.0", method: `notifications/${what}/list_changed` });
  });

  test("an update comes for what is subscribed to only", async () => {
    const uri = "fixture://text";
    expect((await call("touch", { uri })).result).toMatchObject({ content: [{ text: "nobody subscribed" }] });
    await client.request("resources/subscribe", { uri });
    const told = client.nextMessage(isMethod("notifications/resources/updated"));
    await call("touch", { uri });
    expect((await told).params).toEqual({ uri });
    await client.request("resources/unsubscribe", { uri });
    expect((await call("touch", { uri })).result).toMatchObject({ content: [{ text: "nobody subscribed" }] });
  });

  test("log messages come from the level that was set", async () => {
    await client.request("logging/setLevel", { level: "warning" });
    expect((await call("log", { level: "info", text: "no" })).result).toMatchObject({
      content: [{ text: "held back" }],
    });
    const told = client.nextMessage(isMethod("notifications/message"));
    await call("log", { level: "error", text: "yes" });
    expect((await told).params).toEqual({ level: "error", logger: "fixture", data: "yes" });
  });
});

describe("requests of the server", () => {
  test.each([
    [
      "elicitation/create",
      { message: "Who?", requestedSchema: { type: "object" }, "x-unknown": { a: [null] } },
    ],
    ["sampling/createMessage", { messages: [], maxTokens: 1, _meta: { "vendor/x": 1 } }],
    ["roots/list", {}],
    ["vendor/question", { anything: [1, { b: null }] }],
  ])("%s reaches the client with all its params, and the answer comes back whole", async (method, params) => {
    const { question, told } = await ask(method, params, '"result":{"x":[1,{"y":null}],"_meta":{"z":1}}');
    expect(question.params).toEqual(params);
    expect(told).toEqual({ result: { x: [1, { y: null }], _meta: { z: 1 } } });
  });

  test("an error of the client keeps code, message and data", async () => {
    const error = { code: -1, message: "user rejected", data: { why: ["no"] } };
    const { told } = await ask("elicitation/create", {}, `"error":${JSON.stringify(error)}`);
    expect(told).toEqual({ error });
  });

  test("ping is answered in both directions", async () => {
    expect((await client.request("ping")).result).toEqual({});
    const { result } = await call("ask", { method: "ping", params: {} });
    expect(result?.["structuredContent"]).toEqual({ answer: { result: {} } });
  });

  test("the client's progress on it reaches nobody else", async () => {
    const answered = call("ask", { params: { message: "?", _meta: { progressToken: "server's own" } } });
    const question = await client.nextMessage(isMethod("elicitation/create"));
    const { _meta: meta } = question.params as { _meta: { progressToken: string } };
    await client.notify("notifications/progress", { progressToken: meta.progressToken, progress: 1 });
    await client.send({ jsonrpc: "2.0", id: question.id, result: { action: "decline" } });
    expect((await answered).error).toBeUndefined();
  });
});

test("a method that we do not know goes to the only server there is, and its answer comes back", async () => {
  const { error } = await client.request("vendor/unknown", { a: 1 });
  expect(error).toEqual({ code: -32_601, message: "Method not found: vendor/unknown" });
});

test("nothing but JSON-RPC ever came on stdout", () => {
  expect(client.junk).toEqual([]);
});
