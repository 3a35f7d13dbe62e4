import { describe, expect, test } from "vitest";
import type { CallAnswer, McpCall, McpChannel } from "../connection/types.js";
import { discoverResult, failureOf } from "../test-support/modern-server.js";
import { openModernConnection } from "./open-modern-connection.js";

interface HttpPeer {
  /** What was sent, in order, listening apart. */
  readonly sent: readonly McpCall[];
  readonly warnings: readonly string[];
  call(name: string, args: object, options?: Partial<McpCall>): Promise<CallAnswer>;
  list(): Promise<string>;
}

type Answerer = (call: McpCall) => object | "silence" | undefined;

const result = (value: object): CallAnswer => ({
  kind: "result",
  result: Buffer.from(JSON.stringify(value)),
});

/** A connection over a channel that, like HTTP, carries headers. */
async function openHttpPeer(answerer: Answerer): Promise<HttpPeer> {
  const sent: McpCall[] = [];
  const warnings: string[] = [];
  const request = (call: McpCall): Promise<CallAnswer> => {
    if (call.method === "subscriptions/listen") return new Promise(() => {});
    sent.push(call);
    const given = answerer(call);
    if (given === "silence") return new Promise(() => {});
    if (given instanceof Error) return Promise.reject(given);
    if (given !== undefined && "code" in given) {
      return Promise.resolve({ kind: "error", error: Buffer.from(JSON.stringify(given)) });
    }
    return Promise.resolve(result(given ?? (call.method === "server/discover" ? discoverResult : {})));
  };
  const close = () => Promise.resolve({ ended: [], forced: [], survived: [], blindSpots: [] });
  const channel: McpChannel = {
    request,
    notify: () => {},
    holdOutput: () => () => {},
    stderrTail: () => "",
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
  const connection = await openModernConnection(() => channel, {
    name: "web",
    clientInfo: { name: "agent", version: "1" },
    capabilities: {},
    transport: "http",
    handlers: { onWarning: (text) => warnings.push(text) },
  });
  return {
    sent,
    warnings,
    call: (name, args, options) =>
      connection.request({
        method: "tools/call",
        params: Buffer.from(JSON.stringify({ name, arguments: args })),
        ...options,
      }),
    list: async () => {
      const answer = await connection.request({ method: "tools/list" });
      return answer.kind === "result" ? answer.result.toString() : "";
    },
  };
}

const tool = (header: string) => ({
  name: "t",
  inputSchema: { type: "object", properties: { region: { type: "string", "x-mcp-header": header } } },
});
const listing = (header: string) => ({ resultType: "complete", tools: [tool(header)], ttlMs: 60_000 });
const methodsOf = (peer: HttpPeer) => peer.sent.map(({ method }) => method);
const last = (peer: HttpPeer) => peer.sent.at(-1);

describe("over HTTP", () => {
  test("a call repeats the annotated arguments of the list that was read, beside the caller's headers", async () => {
    const peer = await openHttpPeer(({ method }) =>
      method === "tools/list" ? listing("Region") : undefined,
    );
    await peer.list();
    await peer.call("t", { region: "eu", other: 1 }, { headers: { "x-mine": "1" } });
    expect(last(peer)?.headers).toEqual({ "x-mine": "1", "Mcp-Param-Region": "eu" });
    expect(methodsOf(peer)).toEqual(["server/discover", "tools/list", "tools/call"]);
  });

  test("the tools are read once, all pages, if none of them was seen yet", async () => {
    const peer = await openHttpPeer(({ method, params }) => {
      if (method !== "tools/list") return undefined;
      const isFirst = !String(params).includes("cursor");
      return isFirst ? { tools: [{ name: "other" }], nextCursor: "2" } : { tools: [tool("Region")] };
    });
    await Promise.all([peer.call("t", { region: "eu" }), peer.call("t", { region: "us" })]);
    await peer.call("unlisted", { region: "eu" });
    expect(methodsOf(peer).filter((method) => method === "tools/list")).toHaveLength(2);
    const calls = peer.sent.filter(({ method }) => method === "tools/call");
    expect(calls.map(({ headers }) => headers)).toEqual([
      { "Mcp-Param-Region": "eu" },
      { "Mcp-Param-Region": "us" },
      {},
    ]);
  });

  test("the limits of a call hold while the tools are read for it", async () => {
    const peer = await openHttpPeer(({ method }) => (method === "tools/list" ? "silence" : undefined));
    const abort = new AbortController();
    const canceled = failureOf(peer.call("t", {}, { signal: abort.signal }));
    const late = failureOf(peer.call("t", {}, { timeoutMs: 20 }));
    expect(await late).toMatchObject({ code: "deadline_exceeded" });
    abort.abort();
    expect(await canceled).toMatchObject({ code: "canceled" });
    expect(methodsOf(peer)).toEqual(["server/discover", "tools/list"]);
  });

  test("the limits of a call hold while the tools are read again for it", async () => {
    let isChanged = false;
    const peer = await openHttpPeer(({ method }) => {
      if (method === "tools/call") return { code: -32020, message: "Header mismatch" };
      return method === "tools/list" ? (isChanged ? "silence" : listing("Region")) : undefined;
    });
    await peer.list();
    isChanged = true;
    const late = await failureOf(peer.call("t", { region: "eu" }, { timeoutMs: 20 }));
    expect(late).toMatchObject({ code: "deadline_exceeded" });
  });

  test("one limit holds for all pages of the tools", async () => {
    const peer = await openHttpPeer(({ method, params }) => {
      if (method !== "tools/list") return undefined;
      return String(params).includes("cursor") ? { tools: [] } : { tools: [], nextCursor: "2" };
    });
    await peer.call("t", {});
    const lists = peer.sent.filter(({ method }) => method === "tools/list");
    expect(lists).toHaveLength(2);
    expect(lists[0]?.signal).toBeInstanceOf(AbortSignal);
    expect(lists[1]?.signal).toBe(lists[0]?.signal);
  });

  test("a call goes without headers, and a warning, if the tools cannot be read", async () => {
    const peer = await openHttpPeer(({ method }) =>
      method === "tools/list" ? { code: -32603, message: "no" } : undefined,
    );
    expect((await peer.call("t", { region: "eu" })).kind).toBe("result");
    expect(peer.warnings).toEqual([expect.stringContaining("tools/list")]);
  });

  test("headers that do not fit any more lead to another look at the tools, and one repetition", async () => {
    let header = "Region";
    const mismatch = { code: -32020, message: "Header mismatch" };
    const peer = await openHttpPeer(({ method, headers }) => {
      if (method === "tools/list") return listing(header);
      return method === "tools/call" && headers?.["Mcp-Param-Zone"] === undefined ? mismatch : undefined;
    });
    await peer.list();
    header = "Zone";
    expect((await peer.call("t", { region: "eu" })).kind).toBe("result");
    expect(last(peer)?.headers).toEqual({ "Mcp-Param-Zone": "eu" });
    header = "Other";
    await peer.call("t", {});
    expect(methodsOf(peer).slice(-3)).toEqual(["tools/call", "tools/list", "tools/call"]);
  });

  test("a tool with an invalid annotation is not shown, also from the cache", async () => {
    const peer = await openHttpPeer(({ method }) =>
      method === "tools/list" ? listing("no good") : undefined,
    );
    expect(JSON.parse(await peer.list())).toMatchObject({ tools: [] });
    expect(JSON.parse(await peer.list())).toMatchObject({ tools: [] });
    expect(methodsOf(peer).filter((method) => method === "tools/list")).toHaveLength(1);
    expect(peer.warnings).toEqual([expect.stringContaining('tool "t" was left out')]);
  });
});
