import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { initializeMessage, modern, type OpenFace, openFace, rpc, until } from "./test-support/open-face.js";

let opened: OpenFace | undefined;

afterEach(async () => {
  await opened?.[Symbol.asyncDispose]();
  opened = undefined;
});

async function face(...args: Parameters<typeof openFace>): Promise<OpenFace> {
  opened = await openFace(...args);
  return opened;
}

describe("under load", () => {
  test("200 requests at once are each answered on their own response", async () => {
    const { ask, listen, initialize } = await face();
    const headers = await initialize();
    const plain = Array.from({ length: 100 }, async (_, index) => {
      const answer = await ask({ body: rpc(index, "echo", { index }), headers });
      return JSON.parse(answer.body) as unknown;
    });
    const streamed = Array.from({ length: 100 }, async (_, index) => {
      const stream = await listen({ body: rpc(`s${index}`, "count", { count: index % 7 }), headers });
      if (stream.headers["content-type"] === "application/json") return index % 7 === 0;
      await stream.over;
      return stream.messages().length === (index % 7) + 1 && stream.messages().at(-1)?.["id"] === `s${index}`;
    });
    const answers = await Promise.all(plain);
    expect(answers).toEqual(answers.map((_, index) => ({ jsonrpc: "2.0", id: index, result: { index } })));
    expect(new Set(await Promise.all(streamed))).toEqual(new Set([true]));
  });

  test("a message of 64 MiB passes both ways, byte for byte", async () => {
    const { ask, initialize } = await face({ limits: { maxMessageBytes: 64 * 1024 * 1024 } });
    const headers = await initialize();
    const envelope = '{"jsonrpc":"2.0","id":1,"method":"echo","params":{"text":""}}';
    const text = "x".repeat(64 * 1024 * 1024 - envelope.length);
    const body = Buffer.from(envelope.replace('""', `"${text}"`));
    expect(body.length).toBe(64 * 1024 * 1024);
    const answer = await ask({ body, headers });
    const expected = `{"jsonrpc":"2.0","id":1,"result":{"text":"${text}"}}`;
    expect(answer.status).toBe(200);
    expect(answer.body === expected).toBe(true);
  });

  test("a reader who stands still is counted, and holds up nobody else", async () => {
    const { ask, listen, initialize, agents } = await face();
    const headers = await initialize();
    const standing = await listen({ method: "GET", headers });
    standing.pause();
    const padding = "x".repeat(100_000);
    for (let index = 0; index < 300; index += 1) agents[0]?.say({ index, padding });
    await until(() => (agents[0]?.egress.queuedBytes ?? 0) > 0);
    expect((await ask({ body: rpc(1, "echo"), headers })).status).toBe(200);
    standing.resume();
    expect(await standing.until(300)).toHaveLength(300);
    await until(() => agents[0]?.egress.queuedBytes === 0);
  });

  test("a reader who stands still for too long ends its session, and frees what waited", async () => {
    const { ask, listen, initialize, agents, events } = await face({}, 4 * 1024 * 1024);
    const headers = await initialize();
    const standing = await listen({ method: "GET", headers });
    standing.pause();
    const padding = "x".repeat(100_000);
    for (let index = 0; index < 300; index += 1) agents[0]?.say({ index, padding });
    await until(() => events.some(({ type }) => type === "session_closed"));
    expect((await ask({ body: rpc(1, "echo"), headers })).status).toBe(404);
    expect(agents[0]?.egress.queuedBytes).toBe(0);
    // The connection is broken, not ended: what waits in it would stay in memory for as long as nobody reads.
    standing.resume();
    await standing.over;
    expect(standing.messages().length).toBeLessThan(300);
  });

  test("a connection that takes nothing any more is broken, so that its reader can come back", async () => {
    const { listen, initialize, agents } = await face({ limits: { keepAliveMs: 20 } });
    const headers = await initialize();
    const standing = await listen({ method: "GET", headers });
    standing.pause();
    const padding = "x".repeat(100_000);
    for (let index = 1; index <= 100; index += 1) agents[0]?.say({ index, padding });
    await until(() => agents[0]?.egress.queuedBytes === 0);
    standing.resume();
    await standing.over;
    expect(standing.messages().length).toBeLessThan(100);
  });
});

describe("closing", () => {
  test("ends everything in good order, whatever is under way", async () => {
    const { ask, listen, initialize, agents, face: listening, url } = await face();
    const headers = await initialize();
    const standing = await listen({ method: "GET", headers });
    const waiting = ask({ body: rpc(1, "slow"), headers });
    const modernCall = ask(modern(1, "slow"));
    const streaming = listen({ body: rpc(2, "slow"), headers });
    await until(() => agents[0]?.calls.length === 3 && agents[1]?.calls.length === 1);
    agents[0]?.calls.at(-1)?.say({});
    const stream = await streaming;
    // Half a request, which will never be whole.
    const { port } = listening;
    const half = connect(port, "127.0.0.1");
    half.on("error", () => {});
    half.write(
      "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    );
    const halfOver = new Promise<void>((resolve) => half.on("close", () => resolve()));
    await listening.close();
    await Promise.all([standing.over, stream.over, halfOver]);
    expect((await waiting).status).toBe(503);
    expect((await modernCall).status).toBe(503);
    expect(agents.map(({ closes }) => closes)).toEqual([1, 1]);
    await expect(ask({ body: initializeMessage() })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(url).toContain(String(port));
    await listening.close();
  });

  test("at once and twice does no harm", async () => {
    const { face: listening, initialize, agents } = await face();
    await initialize();
    await Promise.all([listening.close(), listening.close()]);
    expect(agents[0]?.closes).toBe(1);
  });

  test("opens no session for a message that ends only then", async () => {
    const { face: listening, agents, events } = await face();
    const body = JSON.stringify(initializeMessage());
    const late = connect(listening.port, "127.0.0.1");
    let told = "";
    late.setEncoding("utf8").on("data", (chunk: string) => {
      told += chunk;
    });
    const head = ["POST /mcp HTTP/1.1", "Host: localhost", "Content-Type: application/json"];
    late.write([...head, "Expect: 100-continue", `Content-Length: ${body.length}`, "", ""].join("\r\n"));
    await until(() => told.includes("100 Continue"));
    const closing = listening.close();
    late.write(body);
    await closing;
    await until(() => told.includes("503"));
    expect(agents).toEqual([]);
    expect(events.some(({ type }) => type === "session_opened")).toBe(false);
  });

  test("a head that never ends is given up", async () => {
    const { face: listening } = await face({ limits: { headDeadlineMs: 50 } });
    const half = connect(listening.port, "127.0.0.1");
    let told = "";
    half.setEncoding("utf8").on("data", (chunk: string) => {
      told += chunk;
    });
    half.write("POST /mcp HTTP/1.1\r\nHost: localhost\r\n");
    await new Promise<void>((resolve) => half.on("close", () => resolve()));
    expect(told).toContain("408");
  });
});
