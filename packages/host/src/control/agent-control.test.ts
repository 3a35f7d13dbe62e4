import { type ScannedRequest, scanMessage } from "@fairlead/mcp";
import { expect, test } from "vitest";
import type { AgentSessionOptions } from "../gateway/agent-session-port.js";
import { createHost } from "../orchestrator/host.js";
import { scriptedMachine } from "./test-support/scripted-machine.js";

/** An agent at a host, whose messages wait until somebody takes them. */
function scene(options: Partial<AgentSessionOptions> = {}) {
  const { machine, started } = scriptedMachine();
  const control = { openLauncher: async () => machine };
  const host = createHost({ version: "1.0.0", servers: [], control });
  const waiting: Buffer[] = [];
  const sink = {
    push(message: Buffer) {
      waiting.push(message);
      session.egress.add(message.length);
    },
  };
  const session = host.openSession({ hello: {}, standing: sink, ...options });
  const takeAll = (): unknown[] =>
    waiting.splice(0).map((message) => {
      session.egress.remove(message.length);
      return JSON.parse(message.toString()) as unknown;
    });
  const ask = async (method: string, params: object): Promise<Answer> => {
    const line = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: "q", method, params }));
    await session.serve(scanMessage(line) as ScannedRequest, { sink });
    return takeAll().at(-1) as Answer;
  };
  return { host, session, started, ask, takeAll };
}

interface Answer {
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number };
}

const chunk = Buffer.alloc(256 * 1024, "x");

test("an agent that does not read holds its own programs back, and is not let go of", async () => {
  const { host, session, started, ask, takeAll } = scene();
  const { result } = await ask("fairlead/sessions/create", { program: "flood" });
  await ask("fairlead/sessions/addListener", { sessionId: result?.["sessionId"] });
  const [program] = started;
  for (let index = 0; index < 64; index += 1) program?.output("stdout", chunk);
  expect(program?.consumedBytes).toBeGreaterThan(7 * 1024 * 1024);
  expect(program?.consumedBytes).toBeLessThan(9 * 1024 * 1024);
  expect(takeAll()).toHaveLength(64);
  expect(program?.consumedBytes).toBe(64 * chunk.length);
  for (let index = 0; index < 64; index += 1) program?.output("stdout", chunk);
  await session.close();
  expect(program?.isStopped).toBe(true);
  await host.close();
});

test("a kept program of an agent that left without reading runs on", async () => {
  const { host, session, started, ask } = scene();
  const { result } = await ask("fairlead/sessions/create", { program: "flood", keep: true });
  await ask("fairlead/sessions/addListener", { sessionId: result?.["sessionId"] });
  const [program] = started;
  for (let index = 0; index < 64; index += 1) program?.output("stdout", chunk);
  await session.close();
  expect(program).toMatchObject({ isStopped: false, consumedBytes: 64 * chunk.length });
  await host.close();
  expect(program?.isStopped).toBe(true);
});

const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };

test.each([
  ["without a principal", {}, true],
  ["with one that was proved", { principal: "gateway", mayControl: true }, true],
  ["with one of which nothing was said", { principal: "somebody" }, false],
])("an agent %s: whether it is offered control", async (_, options, isOffered) => {
  const { host, ask } = scene(options);
  const { result } = await ask("initialize", hello);
  expect(result?.["capabilities"]).toHaveProperty(
    isOffered ? ["experimental", "fairlead/control"] : "tools",
    isOffered ? {} : { listChanged: true },
  );
  const listed = await ask("fairlead/sessions/list", {});
  expect(listed).toMatchObject(isOffered ? { result: { sessions: [] } } : { error: { code: -32601 } });
  await host.close();
});

test.each([
  [{}, true],
  [{ mayControl: false }, false],
  [{ principal: "somebody" }, false],
  [{ principal: "somebody", mayControl: true }, true],
])(
  "an agent that is connected by lines with %j: whether it is offered control",
  async (options, isOffered) => {
    await using host = createHost({ version: "1.0.0", servers: [], control: {} });
    let answer = "";
    const agent = host.connectAgent(options, async (bytes) => void (answer += Buffer.from(bytes).toString()));
    const message = { jsonrpc: "2.0", id: 1, method: "initialize", params: hello };
    agent.push(Buffer.from(`${JSON.stringify(message)}\n`));
    await agent.end();
    expect(answer.includes("fairlead/control")).toBe(isOffered);
  },
);
