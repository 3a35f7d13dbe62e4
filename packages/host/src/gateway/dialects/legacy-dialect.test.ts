import { createDeferred } from "@fairlead/core";
import { afterEach, describe, expect, test } from "vitest";
import { createHost, type Host, type HostOptions } from "../../orchestrator/host.js";
import { createMemoryServers, type MemoryScript } from "../../test-support/memory-servers.js";
import { openAgent } from "../test-support/open-agent.js";

const hosts: Host[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

function open(servers: HostOptions["servers"], settings: Partial<HostOptions> = {}): Host {
  const host = createHost({ servers, version: "1", ...settings });
  hosts.push(host);
  return host;
}

const isReady = ({ method }: { readonly method?: string | undefined }): boolean =>
  method === "notifications/initialized";

/** A server that is up at once, and one that the agent cannot do without and that waits for the test. */
function openPair(quick: MemoryScript = {}) {
  const start = createDeferred<void>();
  const one = createMemoryServers(quick);
  const two = createMemoryServers({ beforeStart: () => start.promise });
  const servers = [
    one.define({ name: "one", share: "all", instanceKey: "k" }),
    two.define({ name: "two", required: true }),
  ];
  const first = async () => {
    const process = await one.started(1);
    await process.next(isReady);
    return process;
  };
  return { servers, start, first };
}

const methods = (messages: readonly Record<string, unknown>[]): unknown[] =>
  messages.map(({ method, id }) => method ?? `answer ${String(id)}`);

describe("before the agent is greeted", () => {
  test("a ping is answered, and nothing else that servers say goes out ahead of the greeting", async () => {
    const { servers, start, first } = openPair();
    const agent = openAgent(open(servers));
    await agent.request("ping");
    const greeting = agent.initialize();
    (await first()).say({ method: "notifications/message", params: { level: "info", data: 1 } });
    expect(agent.session.egress.queuedBytes).toBeGreaterThan(0);
    start.resolve();
    await greeting;
    expect(methods(agent.told.messages).slice(0, 3)).toEqual([
      "answer 1",
      "answer 2",
      "notifications/message",
    ]);
    expect(agent.session.egress.queuedBytes).toBe(0);
  });

  test("a server's question is answered when the agent leaves instead", async () => {
    const { servers, first } = openPair();
    const agent = openAgent(open(servers));
    const greeting = agent.initialize({ elicitation: {} });
    const process = await first();
    const params = { message: "Who?", requestedSchema: { type: "object", properties: {} } };
    process.say({ id: 77, method: "elicitation/create", params });
    await agent.session.close();
    await greeting;
    const answer = await process.next(({ id, method }) => id === 77 && method === undefined);
    expect(answer.error?.message).toContain("disconnected");
  });

  test("an initialize that is taken back can be sent again, and the agent then hears its servers", async () => {
    const { servers, start, first } = openPair();
    const agent = openAgent(open(servers));
    const greeting = agent.send("initialize", { protocolVersion: "2025-11-25", capabilities: {} });
    const process = await first();
    agent.tell({ method: "notifications/cancelled", params: { requestId: greeting.id } });
    const again = agent.initialize();
    expect(await greeting.answer).toBeUndefined();
    start.resolve();
    expect(await again).toMatchObject({ result: { protocolVersion: "2025-11-25" } });
    process.say({ method: "notifications/message", params: { level: "info", data: 1 } });
    expect(methods(agent.told.messages)).toContain("notifications/message");
    expect(await agent.initialize()).toMatchObject({
      error: { message: expect.stringContaining("already") },
    });
  });
});

describe("logging/setLevel at the endpoint of one server", () => {
  const methodNotFound = { error: { code: -32601, message: "Method not found" } };

  test("is that server's affair if it has no levels", async () => {
    const server = createMemoryServers({ capabilities: { tools: {} }, answer: () => methodNotFound });
    const agent = openAgent(open([server.define()]), { server: "memory" });
    await agent.initialize();
    expect(await agent.request("logging/setLevel", { level: "debug" })).toMatchObject(methodNotFound);
    expect((await server.started(1)).calls("logging/setLevel")).toMatchObject([
      { params: { level: "debug" } },
    ]);
  });

  test("is answered by us if it has", async () => {
    const server = createMemoryServers();
    const agent = openAgent(open([server.define()]), { server: "memory" });
    await agent.initialize();
    expect(await agent.request("logging/setLevel", { level: "debug" })).toMatchObject({ result: {} });
    expect(await agent.request("logging/setLevel", { level: "loud" })).toMatchObject({
      error: { code: -32602 },
    });
  });
});

describe("a server's question", () => {
  test.each([
    [{ elicitation: { form: {} } }, { mode: "url", url: "https://a.example", message: "Log in" }],
    [{ elicitation: { url: {} } }, { message: "Who?", requestedSchema: { type: "object" } }],
  ])("in a mode that the agent did not announce is not put to it: %j", async (capabilities, params) => {
    const server = createMemoryServers();
    const agent = openAgent(open([server.define()]));
    await agent.initialize(capabilities);
    const process = await server.started(1);
    await process.next(isReady);
    process.say({ id: 5, method: "elicitation/create", params });
    const answer = await process.next(({ id, method }) => id === 5 && method === undefined);
    expect(answer.error).toMatchObject({ code: -32602, data: { requiredCapabilities: {} } });
    expect(methods(agent.told.messages)).toEqual(["answer 1"]);
  });

  test("for approval is taken as one that nobody can answer if the agent takes pages only", async () => {
    const server = createMemoryServers({ answer: () => ({ result: { tools: [{ name: "t" }] } }) });
    const agent = openAgent(open([server.define({ defaultApproval: "prompt" })]));
    await agent.initialize({ elicitation: { url: {} } });
    const call = await agent.request("tools/call", { name: "memory__t" });
    expect(JSON.stringify(call)).toContain('"approval":"unaskable"');
    expect((await server.started(1)).calls("tools/call")).toEqual([]);
  });

  test("that configuration says yes to is understood by codex as a yes", async () => {
    const server = createMemoryServers();
    const agent = openAgent(open([server.define({ elicitations: "accept-empty" })]));
    await agent.initialize({ elicitation: {} });
    const process = await server.started(1);
    await process.next(isReady);
    const requestedSchema = { type: "object", properties: {} };
    const params = { message: "Run?", requestedSchema, codex_elicitation: "exec-approval" };
    process.say({ id: 9, method: "elicitation/create", params });
    const { result } = await process.next(({ id, method }) => id === 9 && method === undefined);
    expect(result).toEqual({ action: "accept", content: {}, decision: "approved" });
  });
});

const pagesFirst = {
  error: {
    code: -32042,
    message: "open",
    data: { elicitations: [{ mode: "url", elicitationId: "e", url: "https://a.example", message: "m" }] },
  },
};

test.each(["legacy", "modern"] as const)(
  "pages that a server wants opened are kept from a %s agent where all questions are declined",
  async (era) => {
    const server = createMemoryServers({
      answer: ({ method }) => (method === "tools/list" ? { result: { tools: [{ name: "t" }] } } : pagesFirst),
    });
    const agent = openAgent(open([server.define({ elicitations: "deny" })]));
    const params = { name: "memory__t" };
    const answer =
      era === "legacy"
        ? await agent.request("tools/call", params)
        : await agent.modern("tools/call", params, { elicitation: { form: {}, url: {} } });
    expect(answer).toMatchObject({ error: { data: { fairlead: { code: "forbidden" } } } });
    expect(JSON.stringify(agent.told.messages)).not.toContain("a.example");
  },
);

test.each(["legacy", "modern"] as const)("a flood of progress towards a %s agent is told", async (era) => {
  const server = createMemoryServers({
    answer: ({ method, params }, process) => {
      if (method === "tools/list") return { result: { tools: [{ name: "t" }] } };
      const meta = params?.["_meta"] as { readonly progressToken?: string } | undefined;
      const progressToken = meta?.progressToken;
      for (const progress of Array(3_000).keys()) {
        process.say({ method: "notifications/progress", params: { progressToken, progress } });
      }
      return { result: { content: [] } };
    },
  });
  const warnings: string[] = [];
  const onEvent: HostOptions["onEvent"] = (event) => {
    if (event.type === "warning") warnings.push(`${event.server}: ${event.text}`);
  };
  const agent = openAgent(open([server.define()], { onEvent }));
  const _meta = { progressToken: "p" };
  if (era === "legacy") await agent.request("tools/call", { name: "memory__t", _meta });
  else {
    const modern = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    await agent.request("tools/call", { name: "memory__t", _meta: { ..._meta, ...modern } });
  }
  expect(warnings).toEqual(["memory: session agent-1 is flooded: more than 1000 messages within a second"]);
});
