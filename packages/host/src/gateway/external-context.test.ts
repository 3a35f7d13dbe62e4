import { scanMessage } from "@fairlead/mcp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defineBuiltIn } from "../built-in/define-built-in.js";
import { isExternalCall } from "../orchestrator/external-call.js";
import { createHost, type Host } from "../orchestrator/host.js";
import type { HostEvent } from "../orchestrator/host-event.js";
import { createMemoryServers } from "../test-support/memory-servers.js";
import { type KeptStream, keepStream } from "./test-support/open-session.js";

const tools = { result: { tools: [{ name: "work", inputSchema: { type: "object" } }] } };
const memory = createMemoryServers({
  answer: ({ method }) => (method === "tools/list" ? tools : { result: { content: [] } }),
});
const own = defineBuiltIn({ name: "own", executor: "host", context: "local" }, async () => ({
  name: "own",
  title: "Own",
  version: "1",
  capabilities: { tools: {}, logging: {} },
  open: () => ({
    methods: {
      "tools/list": async () => tools.result,
      "tools/call": async () => ({ content: [] }),
    },
    close: async () => {},
  }),
}));

let host: Host;
let events: HostEvent[];
beforeEach(() => {
  events = [];
  host = createHost({
    version: "1",
    servers: [
      memory.define({ name: "far" }),
      memory.define({ name: "guarded", defaultApproval: "prompt" }),
      own,
    ],
    onEvent: (event) => void events.push(event),
  });
});
afterEach(() => host.close());

/** A session whose agent has shaken hands. */
async function connect(principal?: string) {
  const session = host.openSession({ hello: {}, principal, standing: keepStream() });
  let lastId = 0;
  const ask = async (method: string, params: object = {}): Promise<KeptStream> => {
    lastId += 1;
    const message = scanMessage(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: lastId, method, params })));
    if (message.kind !== "request") throw new Error(`${method} is no request`);
    const sink = keepStream();
    await session.serve(message, { sink });
    return sink;
  };
  const clientInfo = { name: "agent", version: "1" };
  await ask("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  const call = async (name: string): Promise<unknown> => (await ask("tools/call", { name })).messages[0];
  return { session, ask, call };
}

const told = (): HostEvent[] => events.filter(({ type }) => type === "external-context-used");

test("a session has external context from its first call to an external server on", async () => {
  const { session, ask, call } = await connect("someone");
  await ask("tools/list");
  await ask("logging/setLevel", { level: "debug" });
  await call("own__work");
  expect(session.externalContextUsed).toBe(false);
  expect(told()).toEqual([]);

  expect(await call("far__work")).toMatchObject({ result: { content: [] } });
  expect(session.externalContextUsed).toBe(true);
  await call("far__work");
  await call("own__work");
  expect(session.externalContextUsed).toBe(true);
  expect(told()).toEqual([{ type: "external-context-used", server: "far", principal: "someone" }]);
});

test("what one session called says nothing about another", async () => {
  const one = await connect();
  const other = await connect();
  await one.call("far__work");
  expect([one.session.externalContextUsed, other.session.externalContextUsed]).toEqual([true, false]);
  await other.call("far__work");
  expect(told()).toHaveLength(2);
});

test("whoever connects an agent by lines sees it too", async () => {
  const answers: unknown[] = [];
  await using agent = host.connectAgent({}, async (bytes) => {
    answers.push(...bytes.toString().trimEnd().split("\n"));
  });
  const ask = (id: number, method: string, params: object): void =>
    agent.push(Buffer.from(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`));
  const clientInfo = { name: "agent", version: "1" };
  ask(1, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  expect(agent.externalContextUsed).toBe(false);
  ask(2, "tools/call", { name: "far__work" });
  await agent.end();
  expect(answers).toHaveLength(2);
  expect(agent.externalContextUsed).toBe(true);
});

test("a call that was refused before it was sent brought nothing in", async () => {
  const { session, call } = await connect();
  expect(await call("guarded__work")).toMatchObject({ result: { isError: true } });
  expect(await call("nobody__work")).toMatchObject({ error: {} });
  expect(session.externalContextUsed).toBe(false);
  expect(told()).toEqual([]);
});

test.each([
  ["tools/call", "external", true],
  ["resources/read", undefined, true],
  ["vendor/anything", "external", true],
  ["tools/call", "local", false],
  ["logging/setLevel", "external", false],
  ["ping", "external", false],
] as const)("%s of a server that is %s: %s", (method, context, expected) => {
  expect(isExternalCall({ context }, method)).toBe(expected);
});
