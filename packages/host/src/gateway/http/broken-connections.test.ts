import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type AgentCall, listen, send } from "./test-support/http-agent.js";
import { modern, type OpenFace, openFace, rpc, until } from "./test-support/open-face.js";

let opened: OpenFace | undefined;

afterEach(async () => {
  await opened?.[Symbol.asyncDispose]();
  opened = undefined;
});

async function face(...args: Parameters<typeof openFace>): Promise<OpenFace> {
  opened = await openFace(...args);
  return opened;
}

/** More than the system takes for a reader that stands still. */
const padding = "x".repeat(30_000_000);

/** Sends requests on one connection without waiting for answers. */
function pipeline({ face: { port } }: OpenFace, calls: readonly AgentCall[]): Socket {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  for (const { headers = {}, body } of calls) {
    const text = JSON.stringify(body);
    const given = { ...headers, accept: "application/json, text/event-stream" };
    const lines = Object.entries(given).map(([name, value]) => `${name}: ${value}`);
    const head = ["POST /mcp HTTP/1.1", "Host: localhost", "Content-Type: application/json", ...lines];
    socket.write([...head, `Content-Length: ${text.length}`, "", text].join("\r\n"));
  }
  return socket;
}

describe("a modern client that leaves while its server talks", () => {
  test("leaves nothing behind that counts as waiting", async () => {
    const { ask, listen: hear, agents } = await face();
    await ask(modern("first", "echo"));
    const [agent] = agents;
    for (let round = 1; round <= 10; round += 1) {
      const answering = hear(modern(round, "slow"));
      await until(() => agent?.calls.length === round + 1);
      const call = agent?.calls.at(-1);
      const talk = (): void => {
        if (call?.line.signal?.aborted !== false) return;
        for (let index = 0; index < 20; index += 1) call.say({ index });
        setImmediate(talk);
      };
      talk();
      const stream = await answering;
      await stream.until(1);
      stream.cut();
      await until(() => call?.line.signal?.aborted === true);
    }
    expect(agent?.calls).toHaveLength(11);
    await until(() => agent?.egress.queuedBytes === 0);
  });
});

describe("an answer that nobody reads", () => {
  const limits = { keepAliveMs: 20 };

  test("is given up with its connection, where it is plain JSON", async () => {
    const { url, initialize, agents } = await face({ limits });
    const headers = await initialize();
    const [response] = await send(url, { body: rpc(1, "echo", { padding }), headers });
    response.on("error", () => {});
    expect(agents[0]?.egress.queuedBytes).toBeGreaterThan(padding.length);
    await until(() => agents[0]?.egress.queuedBytes === 0);
  });

  test("is given up with its connection, where it is the stream of a modern call, which is taken back", async () => {
    const { listen: hear, agents } = await face({ limits });
    const answering = hear(modern(1, "slow"));
    await until(() => agents[0]?.calls.length === 1);
    const [call] = agents[0]?.calls ?? [];
    call?.say({});
    const stream = await answering;
    stream.pause();
    call?.say({ padding });
    await until(() => call?.line.signal?.aborted === true);
    expect(agents[0]?.egress.queuedBytes).toBe(0);
  });

  test("is broken off with its session, where that is given up", async () => {
    const { url, initialize, agents, events } = await face({}, 4 * 1024 * 1024);
    const headers = await initialize();
    const [response] = await send(url, { body: rpc(1, "echo", { padding }), headers });
    const broken = new Promise<void>((resolve) => response.on("error", () => resolve()));
    agents[0]?.egress.add(1);
    await until(() => events.some(({ type }) => type === "session_closed"));
    response.resume();
    await broken;
    expect(agents[0]?.closes).toBe(1);
  });
});

describe("a pipelined request, whose response has no connection yet", () => {
  test("is taken back with its connection in the modern era, and what waited for it is dropped", async () => {
    const opening = await face();
    const { agents } = opening;
    const socket = pipeline(opening, [modern(1, "slow"), modern(2, "slow")]);
    await until(() => agents[0]?.calls.length === 2);
    const [, second] = agents[0]?.calls ?? [];
    second?.say({ padding: "x".repeat(100_000) });
    expect(agents[0]?.egress.queuedBytes).toBeGreaterThan(100_000);
    socket.destroy();
    await until(() => second?.line.signal?.aborted === true);
    expect(agents[0]?.egress.queuedBytes).toBe(0);
  });

  test("does not keep its session in the legacy era", async () => {
    const opening = await face({ limits: { idleTtlMs: 60 } });
    const { agents, face: listening } = opening;
    const headers = await opening.initialize();
    const calls = [rpc(1, "slow"), rpc(2, "slow"), rpc(3, "slow")].map((body) => ({ headers, body }));
    const socket = pipeline(opening, calls);
    await until(() => agents[0]?.calls.length === 4);
    for (const call of agents[0]?.calls.slice(1) ?? []) call.say({});
    socket.destroy();
    agents[0]?.cancelAll();
    await until(() => listening.sessions().length === 0);
    expect(agents[0]?.closes).toBe(1);
  });

  test("is answered in its turn", async () => {
    const opening = await face();
    const { agents } = opening;
    const socket = pipeline(opening, [modern("a", "slow"), modern("b", "echo"), modern("c", "slow")]);
    let told = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      told += chunk;
    });
    await until(() => agents[0]?.calls.length === 3);
    agents[0]?.calls[2]?.answer("last");
    agents[0]?.calls[0]?.answer("first");
    await until(() => told.includes('"last"'));
    expect([...told.matchAll(/"id":"([abc])"/g)].map(([, id]) => id)).toEqual(["a", "b", "c"]);
    socket.destroy();
  });
});

describe("a connection on which nothing waits", () => {
  test("is kept, however long its answer takes", async () => {
    const { url, agents } = await face({ limits: { keepAliveMs: 10 } });
    const call = modern(1, "slow");
    const answering = listen(url, { ...call, headers: { ...call.headers, accept: "application/json" } });
    await until(() => agents[0]?.calls.length === 1);
    // Longer than any connection may stand still with something to read.
    await pause(150);
    agents[0]?.calls[0]?.answer("late");
    expect((await answering).status).toBe(200);
  });
});
