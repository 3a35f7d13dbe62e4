import { describe, expect, it, onTestFinished, vi } from "vitest";
import { parseRange, sliceRange } from "../envelope/members.js";
import {
  anySpec,
  createMemoryLauncher,
  defaultInitializeResult,
  type MemoryScript,
} from "../test-support/memory-launcher.js";
import { openStdioConnection, type StdioConnectionOptions } from "./open-stdio-connection.js";
import type { CallAnswer } from "./types.js";

async function open(script: MemoryScript = {}, extra: Partial<StdioConnectionOptions> = {}) {
  const { launcher, server } = createMemoryLauncher(script);
  const connection = await openStdioConnection({ ...baseOptions, launcher, ...extra });
  return { connection, server };
}

const baseOptions = {
  spec: anySpec,
  name: "files",
  clientInfo: { name: "test", version: "1" },
  capabilities: { roots: {} },
};

/** Answers every call but initialize with raw JSON. */
function answering(result: string): MemoryScript {
  return {
    onMessage: (server, { id, method }) => {
      if (method === "initialize" || id === undefined) return;
      server.say(`{"result":${result},"jsonrpc":"2.0","id":${JSON.stringify(id)}}\n`);
    },
  };
}

describe("a stdio connection", () => {
  it("shakes hands and keeps what the server said, parsed and raw", async () => {
    const { connection, server } = await open();
    expect(connection.initializeResult.protocolVersion).toBe("2025-11-25");
    expect(connection.initializeResult.raw.toString()).toBe(defaultInitializeResult);
    expect(connection.initializeResult.value).toEqual(JSON.parse(defaultInitializeResult));
    await server.next(({ method }) => method === "notifications/initialized");
    expect(server.received.map(({ method, params }) => [method, params])).toEqual([
      [
        "initialize",
        {
          protocolVersion: "2025-11-25",
          capabilities: { roots: {} },
          clientInfo: { name: "test", version: "1" },
        },
      ],
      ["notifications/initialized", undefined],
    ]);
    await connection.close();
  });

  it("keeps the bytes of params, results and errors", async () => {
    const result = '{ "n":1.0, "big":12345678901234567890,"s":"\\u0061" ,"dup":1,"dup":2}';
    const { connection, server } = await open(answering(result));
    const params = Buffer.from('{"name":"t","x":1.50,"_meta":{"other":"\\u0062"}}');
    expect(text(await connection.request({ method: "tools/call", params }))).toBe(result);
    expect(server.writes.join("")).toContain(`"params":${params.toString()}}`);
    const error = '{"code":-32000.0,"message":"no","data":{ "x":1e2 },"more":1}';
    const second = await open({
      onMessage: (server, { id, method }) => {
        if (method === "x") server.say(`{"id":${String(id)}.0,"error":${error},"extra":1}\r\n`);
      },
    });
    expect(text(await second.connection.request({ method: "x" }))).toBe(error);
    await Promise.all([connection.close(), second.connection.close()]);
  });

  it("matches answers that come in another order", async () => {
    const { connection, server } = await open();
    const calls = ["a", "b", "c"].map((method) => connection.request({ method }));
    await server.next(({ method }) => method === "c");
    for (const { id, method } of server.received.toReversed()) {
      if (typeof id === "number" && method !== "initialize") server.sayMessage({ id, result: method });
    }
    expect((await Promise.all(calls)).map(text)).toEqual(['"a"', '"b"', '"c"']);
    await connection.close();
  });

  it("gives progress back under the caller's token, all of it before the answer", async () => {
    const { connection, server } = await open();
    const seen: string[] = [];
    const start = (token: string): Promise<unknown> =>
      connection
        .request({
          method: "tools/call",
          params: Buffer.from(`{"_meta": {"a":1,"progressToken":${token}},"name":"t"}`),
          onProgress: (params) => seen.push(params.toString()),
        })
        .then((answer) => seen.push(text(answer)));
    const both = [start('"my\\u0020token"'), start("7.0")];
    await server.next(({ id }) => id === 3);
    const tokens = server.received.map(
      ({ params }) => (params?.["_meta"] as { progressToken: number })?.progressToken,
    );
    expect(tokens).toEqual([undefined, undefined, 2, 3]);
    server.say(
      [
        '{"method":"notifications/progress","params":{"progress":1.0,"progressToken":3,"x":[]}}',
        '{"method":"notifications/progress","params":{"progressToken":"2","progress":5}}',
        '{"id":2,"result":"first"}\n',
      ].join("\n"),
    );
    server.sayMessage({ id: 3, result: "second" });
    await Promise.all(both);
    expect(seen).toEqual([
      '{"progress":1.0,"progressToken":7.0,"x":[]}',
      '{"progressToken":"my\\u0020token","progress":5}',
      '"first"',
      '"second"',
    ]);
    await connection.close();
  });

  it("tells which call a notification belongs to if exactly one is in flight, which is not certain", async () => {
    const related: unknown[] = [];
    const handlers: StdioConnectionOptions["handlers"] = {
      onNotification: (message, call) => {
        const params = message.params && parseRange(message.line, message.params);
        related.push([message.method, params, call?.call.method, call?.isCertain === true]);
      },
    };
    const { connection, server } = await open({}, { handlers });
    const log = (): void => server.sayMessage({ method: "notifications/message", params: { data: 1 } });
    log();
    const first = connection.request({ method: "a" });
    log();
    const second = connection.request({ method: "b" });
    log();
    expect(related).toEqual([
      ["notifications/message", { data: 1 }, undefined, false],
      ["notifications/message", { data: 1 }, "a", false],
      ["notifications/message", { data: 1 }, undefined, false],
    ]);
    await connection.close();
    await Promise.allSettled([first, second]);
  });

  it("writes the messages of one tick at once", async () => {
    const { connection, server } = await open(answering("{}"));
    await server.next(({ method }) => method === "notifications/initialized");
    const before = server.writes.length;
    await Promise.all([1, 2, 3].map(() => connection.request({ method: "ping" })));
    expect(server.writes.length - before).toBe(1);
    await connection.close();
  });

  it("waits with more writes while a mebibyte is not taken yet", async () => {
    const { connection, server } = await open(answering("{}"));
    await server.next(({ method }) => method === "notifications/initialized");
    const before = server.writes.length;
    const release = server.holdWrites();
    const params = Buffer.from(JSON.stringify("x".repeat(700_000)));
    const calls = [1, 2, 3, 4].map(() => connection.request({ method: "big", params }));
    await Promise.resolve();
    expect(server.writes.length - before).toBe(1);
    release();
    await Promise.all(calls);
    expect(server.writes.length - before).toBe(2);
    await connection.close();
  });

  it("survives junk on stdout and tells it", async () => {
    const warnings: string[] = [];
    const handlers = { onWarning: (warning: string) => void warnings.push(warning) };
    const { connection, server } = await open(answering('"ok"'), { handlers });
    server.say("Server is listening\n\n  \n");
    server.say('{"jsonrpc":"2.0","id":99,"result":{}}\n{"jsonrpc":"2.0","id":null,"error":{"code":1}}\n');
    server.say('{"method":"notifications/progress","params":{"progressToken":1,"progress":1}}\n');
    expect(text(await connection.request({ method: "x" }))).toBe('"ok"');
    server.say('{"jsonrpc":"2.0","id":2,"result":{}}\n');
    expect(warnings).toHaveLength(5);
    expect(warnings[0]).toContain("'files': a line on stdout is not a message");
    expect(warnings[1]).toContain("id 99");
    expect(warnings[4]).toContain("late answer");
    await connection.close();
  });

  it("takes a batch apart", async () => {
    const { connection, server } = await open();
    const calls = [connection.request({ method: "a" }), connection.request({ method: "b" })];
    server.say('[{"id":3,"result":3},[],{"id":2,"result":2}]\n');
    expect((await Promise.all(calls)).map(text)).toEqual(["2", "3"]);
    await connection.close();
  });

  it("fails only the call whose answer is broken", async () => {
    const { connection, server } = await open();
    const broken = connection.request({ method: "a" });
    const fine = connection.request({ method: "b" });
    server.say('{"result":{"text":"\\q"},"id":2}\n{"result":1,"id":3}\n');
    await expect(broken).rejects.toMatchObject({ code: "protocol", reason: "frame_invalid" });
    expect(text(await fine)).toBe("1");
    await connection.close();
  });

  it("fails only the call whose answer is too large, wherever its id stands", async () => {
    const warnings: string[] = [];
    const handlers = { onWarning: (warning: string) => void warnings.push(warning) };
    const { connection, server } = await open({}, { maxMessageBytes: 1_000, handlers });
    const large = connection.request({ method: "a" });
    const fine = connection.request({ method: "b" });
    server.say(`{"result":"${"x".repeat(5_000)}","jsonrpc":"2.0","id":2}\n{"result":1,"id":3}\n`);
    await expect(large).rejects.toMatchObject({
      code: "resource_exhausted",
      reason: "message_too_large",
      details: { limitBytes: 1_000, sizeBytes: 5_036, server: "files" },
    });
    expect(text(await fine)).toBe("1");
    server.say(`{"method":"sampling/createMessage","params":"${"x".repeat(5_000)}","id":"s"}\n`);
    expect(await server.next(({ id }) => id === "s")).toMatchObject({ error: { code: -32600 } });
    server.say(`{"method":"notifications/message","params":"${"x".repeat(5_000)}"}\n`);
    expect(warnings).toHaveLength(2);
    await connection.close();
  });

  it("gives credit for what was handed over, except while its reader holds it back", async () => {
    const { connection, server } = await open(answering("{}"));
    server.complain("hello\n");
    await connection.request({ method: "x" });
    expect(server.consumedBytes).toEqual(server.sentBytes);
    const releases = [connection.holdOutput(), connection.holdOutput()];
    const before = server.consumedBytes.stdout;
    await connection.request({ method: "x" });
    releases[0]?.();
    releases[0]?.();
    expect(server.consumedBytes.stdout).toBe(before);
    releases[1]?.();
    expect(server.consumedBytes).toEqual(server.sentBytes);
    await connection.close();
  });

  it("tells stderr by lines and keeps its end", async () => {
    const lines: string[] = [];
    const { connection, server } = await open(
      {},
      { handlers: { onStderr: (line) => void lines.push(line) } },
    );
    server.complain("one\r\ntw");
    server.complain(Buffer.from("o\nhalf é").subarray(0, -1) as unknown as string);
    expect(lines).toEqual(["one", "two"]);
    expect(connection.stderrTail()).toBe("one\r\ntwo\nhalf \ufffd");
    server.complain("x".repeat(200_000));
    expect(connection.stderrTail(1_000_000)).toBe("x".repeat(65_536));
    await connection.close();
  });

  it("survives handlers that throw", async () => {
    const handlers = { onNotification: fail, onStderr: fail, onWarning: fail, onClosed: fail };
    const { connection, server } = await open(answering("1"), { handlers });
    server.complain("x\n");
    server.sayMessage({ method: "notifications/message" });
    expect(text(await connection.request({ method: "x" }))).toBe("1");
    await connection.close();
  });
});

describe("requests of the server", () => {
  it("are answered by the handler, byte for byte, under the id they came with", async () => {
    const handlers: StdioConnectionOptions["handlers"] = {
      onRequest: (message, { relatedCall }) => {
        const params = message.params && sliceRange(message.line, message.params).toString();
        const result = `{"got":${params ?? "null"},"for":"${relatedCall?.call.method ?? ""}", "x":1.0}`;
        return Promise.resolve({ kind: "result", result: Buffer.from(result) });
      },
    };
    const { connection, server } = await open({}, { handlers });
    const call = connection.request({ method: "tools/call" });
    server.say('{"method":"elicitation/create","id":"\\u0061","params":{"a": 1}}\n');
    await server.next(({ id }) => id === "a");
    expect(server.writes.at(-1)).toBe(
      '{"jsonrpc":"2.0","id":"\\u0061","result":{"got":{"a": 1},"for":"tools/call", "x":1.0}}\n',
    );
    await connection.close();
    await Promise.allSettled([call]);
  });

  it("are answered with an error where nobody can: ping aside", async () => {
    const { connection, server } = await open();
    server.sayMessage({ id: 1, method: "ping" });
    server.sayMessage({ id: 2, method: "roots/list" });
    server.say('{"id":3,"method":9}\n');
    expect(await server.next((m) => m.id === 1 && m.method === undefined)).toMatchObject({ result: {} });
    expect(await server.next(({ id }) => id === 2)).toMatchObject({ error: { code: -32601 } });
    expect(await server.next(({ id }) => id === 3)).toMatchObject({ error: { code: -32600 } });
    await connection.close();
  });

  it("get an error that gives nothing away if the handler throws", async () => {
    const handlers = { onRequest: () => Promise.reject(new Error("secret")) };
    const { connection, server } = await open({}, { handlers });
    server.sayMessage({ id: "q", method: "roots/list" });
    const { error } = await server.next(({ id }) => id === "q");
    expect(error).toEqual({ code: -32603, message: "Internal error" });
    await connection.close();
  });

  it("can be taken back, which aborts the handler and sends no answer", async () => {
    const aborted: unknown[] = [];
    const handlers: StdioConnectionOptions["handlers"] = {
      onRequest: (_message, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            aborted.push(signal.reason);
            resolve({ kind: "result", result: Buffer.from("1") });
          });
        }),
    };
    const { connection, server } = await open(answering("1"), { handlers });
    server.sayMessage({ id: "q", method: "elicitation/create" });
    server.sayMessage({ method: "notifications/cancelled", params: { requestId: "q" } });
    await connection.request({ method: "x" });
    expect(aborted).toHaveLength(1);
    expect(server.received.filter(({ id }) => id === "q")).toEqual([]);
    await connection.close();
  });

  it("stop the clock of the call that waits for them", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const answered = { resolve: (_answer: CallAnswer): void => {} };
    const handlers: StdioConnectionOptions["handlers"] = {
      onRequest: () => new Promise((resolve) => Object.assign(answered, { resolve })),
    };
    const { connection, server } = await open({}, { handlers });
    const call = connection.request({ method: "tools/call", timeoutMs: 60 });
    let outcome = "waits";
    const settled = call.then(text, (error: { code: string }) => error.code);
    void settled.then((given) => {
      outcome = given;
    });
    await vi.advanceTimersByTimeAsync(30);
    server.sayMessage({ id: "q", method: "elicitation/create" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(outcome).toBe("waits");
    answered.resolve({ kind: "result", result: Buffer.from("{}") });
    await vi.advanceTimersByTimeAsync(29);
    expect(outcome).toBe("waits");
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toBe("deadline_exceeded");
    await connection.close();
  });
});

function fail(): never {
  throw new Error("handler");
}

function text(answer: CallAnswer): string {
  return answer.kind === "result" ? answer.result.toString() : answer.error.toString();
}
