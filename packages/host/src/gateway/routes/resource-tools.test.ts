import { FairleadError } from "@fairlead/core";
import { type CallAnswer, parseRange, scanMessage } from "@fairlead/mcp";
import { expect, onTestFinished, test, vi } from "vitest";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import { ApprovalGate } from "../../policy/approval-gate.js";
import { createMemoryApprovalStore } from "../../policy/approval-store.js";
import { SandboxState } from "../../policy/sandbox-state.js";
import { createMemoryServers } from "../../test-support/memory-servers.js";
import { createAgent, createPoolScene } from "../../test-support/pool-scene.js";
import type { AgentRequest, RouteContext } from "../route.js";
import { createScriptedPool, definitionOf } from "../test-support/scripted-server.js";
import { ResourceRounds } from "./resource-rounds.js";
import { callTool, listTools } from "./tools.js";

interface Scene {
  readonly context: RouteContext;
  /** What was passed on, `server method params`. */
  readonly passed: string[];
  answers: (CallAnswer | FairleadError)[];
  /** Calls a tool. @returns the parsed result or error */
  call(name: string, args?: object, members?: object): Promise<unknown>;
  toolNames(): Promise<string[]>;
}

function setScene(options: { resources?: boolean; hasResourceTools?: boolean } = {}): Scene {
  const { resources = true, hasResourceTools = true } = options;
  const pool = createScriptedPool();
  if (resources) pool.initializeRaw = pool.initializeRaw.replace('"tools":{}', '"tools":{},"resources":{}');
  pool.lists.set("docs resources/list", '[{"uri":"a:1","name":"one","x":1},{"uri":"a:2","name":"two"}]');
  pool.lists.set("more resources/list", '[{"uri":"b:1","name":"three"}]');
  pool.lists.set("docs tools/list", '[{"name":"find"}]');
  const consumer = { profile: { clientInfo: { name: "t", version: "1" }, capabilities: {} } };
  const servers = ["docs", "more"].map((name) =>
    pool.attach(definitionOf(name), consumer as Parameters<typeof pool.attach>[1]),
  );
  const warn = (): void => {};
  const context: RouteContext = {
    servers,
    isSingle: false,
    maxNameBytes: 48,
    listPatienceMs: 0,
    hasResourceTools,
    resourceRounds: new ResourceRounds(),
    sandbox: new SandboxState(),
    approvals: new ApprovalGate({ store: createMemoryApprovalStore(), warn }),
    warn,
  };
  const scene: Scene = {
    context,
    passed: [],
    answers: [],
    call: async (name, args, members = {}) => {
      const answer = await callTool(makeRequest(scene, { name, arguments: args, ...members }), context);
      return parseRange(answer.kind === "result" ? answer.result : answer.error);
    },
    toolNames: async () => {
      const answer = await listTools(makeRequest(scene, {}), context);
      if (answer.kind === "error") throw new Error(answer.error.toString());
      const { tools } = parseRange(answer.result) as { tools: { name: string }[] };
      return tools.map((tool) => tool.name);
    },
  };
  return scene;
}

function makeRequest(scene: Scene, params: object): AgentRequest {
  const line = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  const message = scanMessage(Buffer.from(line));
  if (message.kind !== "request") throw new Error("Not a request");
  return {
    message,
    params: Buffer.from(JSON.stringify(params)),
    era: "legacy",
    signal: new AbortController().signal,
    sink: { push: () => {} },
    call: async (server, { method, params: passed }) => {
      scene.passed.push(`${server.name} ${method} ${passed?.toString()}`);
      const answer = scene.answers.shift();
      if (answer === undefined || answer instanceof FairleadError)
        throw answer ?? new Error("Nobody answers");
      return answer;
    },
    ask: () => Promise.reject(new Error("Nobody is asked")),
  };
}

const result = (value: object): CallAnswer => ({
  kind: "result",
  result: Buffer.from(JSON.stringify(value)),
});

/** Replaces a server of a scene by one that behaves otherwise. */
function replaceServer(scene: Scene, name: string, change: Partial<AgentServer>): RouteContext {
  const servers = scene.context.servers.map((server) =>
    server.name === name ? { ...server, ...change } : server,
  );
  return Object.assign(scene.context, { servers });
}

test("the tools are offered where a server has resources and configuration lets them", async () => {
  const ours = ["fairlead__list_resources", "fairlead__list_resource_templates", "fairlead__read_resource"];
  expect(await setScene().toolNames()).toEqual(["docs__find", ...ours]);
  expect(await setScene({ resources: false }).toolNames()).toEqual(["docs__find"]);
  expect(await setScene({ hasResourceTools: false }).toolNames()).toEqual(["docs__find"]);
  await expect(setScene({ hasResourceTools: false }).call("fairlead__list_resources")).rejects.toMatchObject({
    code: "not_found",
  });
});

test("without a server everything is listed, each item with its server and unknown members", async () => {
  const listed = await setScene().call("fairlead__list_resources");
  const resources = [
    { server: "docs", uri: "a:1", name: "one", x: 1 },
    { server: "docs", uri: "a:2", name: "two" },
    { server: "more", uri: "b:1", name: "three" },
  ];
  expect(listed).toEqual({
    content: [{ type: "text", text: JSON.stringify({ resources }) }],
    structuredContent: { resources },
  });
  expect(await setScene().call("fairlead__list_resource_templates", {})).toMatchObject({
    structuredContent: { resourceTemplates: [] },
  });
});

test("a server that fails leaves out only its own, and is named", async () => {
  const scene = setScene();
  replaceServer(scene, "docs", {
    listNow: () => Promise.reject(new FairleadError("unavailable", "It is gone")),
  });
  expect(await scene.call("fairlead__list_resources")).toMatchObject({
    structuredContent: {
      resources: [{ server: "more", uri: "b:1" }],
      failures: [{ server: "docs", message: "It is gone" }],
    },
  });
  replaceServer(scene, "docs", { listNow: () => Promise.resolve(undefined) });
  expect(await scene.call("fairlead__list_resources")).toMatchObject({
    structuredContent: {
      failures: [{ server: "docs", message: "It is not running yet, or does not answer" }],
    },
  });
});

test("a server that is up but gives no list holds up no other", async () => {
  const scene = setScene();
  await using pool = createPoolScene();
  const servers = createMemoryServers({ answer: () => undefined });
  const docs = pool.pool.attach(servers.define({ name: "docs" }), createAgent("a"));
  await docs.ready();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  Object.assign(scene.context, { servers: [docs, ...scene.context.servers.slice(1)] });
  const listing = scene.call("fairlead__list_resources");
  await (await servers.started(1)).next(({ method }) => method === "resources/list");
  await vi.advanceTimersByTimeAsync(2_010);
  expect(await listing).toMatchObject({
    structuredContent: { resources: [{ server: "more" }], failures: [{ server: "docs" }] },
  });
});

test("one server is asked page by page, with the agent's own token", async () => {
  const scene = setScene();
  scene.answers = [result({ resources: [{ uri: "a:3" }], nextCursor: "c2" })];
  const page = await scene.call(
    "fairlead__list_resources",
    { server: "docs", cursor: "c1" },
    { _meta: { progressToken: 7 } },
  );
  expect(page).toMatchObject({
    structuredContent: { resources: [{ server: "docs", uri: "a:3" }], nextCursor: "c2" },
  });
  expect(scene.passed).toEqual(['docs resources/list {"cursor":"c1","_meta":{"progressToken":7}}']);
});

test.each([
  ["fairlead__list_resources", { cursor: "c" }, "A cursor belongs to one server"],
  ["fairlead__list_resources", { server: "nobody" }, 'There is no server "nobody"; there are: docs, more'],
  ["fairlead__list_resources", { server: 5 }, "The argument server has to be a text, got number"],
  ["fairlead__read_resource", { server: "docs" }, "The argument uri is missing"],
  ["fairlead__read_resource", undefined, "The argument server is missing"],
])("%s with %j tells the model what is wrong", async (name, args, text) => {
  const scene = setScene();
  expect(await scene.call(name, args)).toMatchObject({
    isError: true,
    content: [{ type: "text", text: expect.stringContaining(text) }],
  });
  expect(scene.passed).toEqual([]);
});

test("what a resource holds comes as blocks that a model can see, in its order", async () => {
  const scene = setScene();
  const blob = Buffer.from([0, 1, 255]).toString("base64");
  scene.answers = [
    result({
      contents: [
        { uri: "a:1", mimeType: "image/png", blob, _meta: { k: 1 } },
        { uri: "a:1#t", mimeType: "text/plain", text: "words" },
        { uri: "a:1#a", mimeType: "audio/wav", blob },
        { uri: "a:1#z", mimeType: "application/zip", blob, x: 1 },
      ],
    }),
  ];
  expect(await scene.call("fairlead__read_resource", { server: "docs", uri: "a:1" })).toEqual({
    content: [
      { type: "image", data: blob, mimeType: "image/png", _meta: { k: 1 } },
      { type: "text", text: "words" },
      { type: "audio", data: blob, mimeType: "audio/wav" },
      { type: "resource", resource: { uri: "a:1#z", mimeType: "application/zip", blob, x: 1 } },
    ],
  });
  expect(scene.passed).toEqual(['docs resources/read {"uri":"a:1"}']);
});

test("text comes as structured content too", async () => {
  const scene = setScene();
  const contents = [{ uri: "a:1", text: "words" }];
  scene.answers = [result({ contents })];
  expect(await scene.call("fairlead__read_resource", { server: "docs", uri: "a:1" })).toEqual({
    content: [{ type: "text", text: "words" }],
    structuredContent: { server: "docs", contents },
  });
});

test.each<[CallAnswer | FairleadError, string]>([
  [result({}), "Server 'docs' answered resources/read without contents"],
  [
    { kind: "error", error: Buffer.from('{"code":-32002,"message":"Resource not found"}') },
    "Server 'docs' refused resources/read: Resource not found",
  ],
  [new FairleadError("unavailable", "Server 'docs' exited"), "Server 'docs' exited"],
])("a read that fails is told to the model: %#", async (answer, text) => {
  const scene = setScene();
  scene.answers = [answer];
  expect(await scene.call("fairlead__read_resource", { server: "docs", uri: "a:1" })).toMatchObject({
    isError: true,
    content: [{ type: "text", text }],
  });
});

test("a server's wish for more input goes to the agent, and the agent's input to the server", async () => {
  const scene = setScene();
  const wish = { resultType: "input_required", requestState: "s", inputRequests: {} };
  scene.answers = [result(wish), result({ contents: [] })];
  expect(await scene.call("fairlead__read_resource", { server: "docs", uri: "a:1" })).toEqual(wish);
  await scene.call(
    "fairlead__read_resource",
    { server: "docs", uri: "a:1" },
    { inputResponses: { q: { action: "accept" } }, requestState: "s" },
  );
  expect(scene.passed[1]).toBe(
    'docs resources/read {"uri":"a:1","inputResponses":{"q":{"action":"accept"}},"requestState":"s"}',
  );
});
