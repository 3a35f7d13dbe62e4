import { describe, expect, test } from "vitest";
import { discoverResult, openModernPair, type Received } from "../test-support/modern-server.js";

// Callers who speak the modern era themselves: agents of that era, behind whom we only carry messages.
const P = "io.modelcontextprotocol/";

function envelope(more: object = {}): object {
  return {
    [`${P}protocolVersion`]: "2026-07-28",
    [`${P}clientInfo`]: { name: "theirs", version: "3" },
    [`${P}clientCapabilities`]: { sampling: {} },
    ...more,
  };
}

function tokenOf(params: Received["params"]): unknown {
  const { progressToken } = (params?.["_meta"] ?? {}) as Record<string, unknown>;
  return progressToken;
}

async function openPair(script: Parameters<typeof openModernPair>[0], onRequest?: () => Promise<never>) {
  const seen: Received[] = [];
  const pair = await openModernPair(
    (message, server) => {
      seen.push(message);
      return script?.(message, server);
    },
    onRequest === undefined ? {} : { handlers: { onRequest } },
  );
  const call = async (
    method: string,
    params: object,
    onProgress?: (params: Buffer) => void,
  ): Promise<string> => {
    const raw = Buffer.from(JSON.stringify(params));
    const answer = await pair.connection.request({ method, params: raw, isModern: true, onProgress });
    return (answer.kind === "result" ? answer.result : answer.error).toString();
  };
  return { ...pair, seen, call };
}

describe("a caller of the modern era", () => {
  test("speaks for itself, its answers and states included, and is answered with the server's questions", async () => {
    const asks = { resultType: "input_required", inputRequests: { k: { method: "roots/list" } } };
    await using pair = await openPair(
      ({ method }) => (method === "tools/call" ? { result: asks } : undefined),
      () => Promise.reject(new Error("Nobody is to be asked")),
    );
    const params = { name: "t", requestState: "s", inputResponses: { j: {} }, _meta: envelope({ own: 1 }) };
    expect(JSON.parse(await pair.call("tools/call", params))).toEqual(asks);
    expect(pair.seen.at(-1)?.params).toEqual(params);
  });

  test("hears of progress under its own token", async () => {
    await using pair = await openPair(({ id, method, params }, server) => {
      if (method !== "tools/call") return undefined;
      const progressToken = tokenOf(params);
      server.sayMessage({ method: "notifications/progress", params: { progressToken, progress: 1 } });
      server.sayMessage({ id, result: {} });
      return "silence";
    });
    const told: string[] = [];
    await pair.call("tools/call", { name: "t", _meta: envelope({ progressToken: "mine" }) }, (progress) =>
      told.push(progress.toString()),
    );
    expect(told).toEqual(['{"progressToken":"mine","progress":1}']);
    expect(tokenOf(pair.seen.at(-1)?.params)).toEqual(expect.any(Number));
  });

  test("names a revision that was agreed on with the server", async () => {
    await using pair = await openPair(({ method }) => (method === "x/y" ? { result: {} } : undefined));
    await pair.call("x/y", { _meta: envelope({ [`${P}protocolVersion`]: "2027-01-01" }) });
    expect(pair.seen.at(-1)?.params).toEqual({ _meta: envelope() });
  });

  test("is introduced by us if it does not introduce itself", async () => {
    await using pair = await openPair(({ method }) => (method === "x/y" ? { result: {} } : undefined));
    await pair.call("x/y", { a: 1 });
    expect(pair.seen.at(-1)?.params).toMatchObject({
      a: 1,
      _meta: { [`${P}clientInfo`]: { name: "agent" } },
    });
  });

  test("never gets a list that was kept for others, and none is kept for others of it", async () => {
    let count = 0;
    await using pair = await openPair(({ method }) => {
      if (method !== "tools/list") return undefined;
      count += 1;
      return { result: { resultType: "complete", tools: [], ttlMs: 60_000, cacheScope: "public", count } };
    });
    expect(await pair.ask("tools/list")).toMatchObject({ count: 1 });
    expect(JSON.parse(await pair.call("tools/list", { _meta: envelope() }))).toMatchObject({ count: 2 });
    expect(await pair.ask("tools/list")).toMatchObject({ count: 1 });
  });

  test("hears itself that its revision is refused", async () => {
    const refusal = { code: -32022, message: "no", data: { supported: ["2027-01-01"] } };
    await using pair = await openPair(({ method }) => (method === "x/y" ? { error: refusal } : undefined));
    expect(JSON.parse(await pair.call("x/y", { _meta: envelope() }))).toEqual(refusal);
  });

  test("asks about tasks; one of the legacy era is told that the server has none of its kind", async () => {
    await using pair = await openPair(({ method }) =>
      method === "tasks/get" ? { result: { status: "working" } } : undefined,
    );
    expect(JSON.parse(await pair.call("tasks/get", { _meta: envelope() }))).toEqual({ status: "working" });
    const { error } = await pair.ask("tasks/get", { taskId: "1" });
    expect(error).toMatchObject({ code: -32601, data: { fairlead: { reason: "no_equivalent_in_era" } } });
  });
});

test("what a server says in server/discover is kept as it came", async () => {
  await using pair = await openPair(() => undefined);
  expect(pair.connection.initializeResult.discoverRaw?.toString()).toBe(JSON.stringify(discoverResult));
});
