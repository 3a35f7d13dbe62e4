import { FairleadError, type Fetch } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import type { McpConnection } from "../connection/types.js";
import type { Era } from "../eras/protocol-versions.js";
import { discoverResult, failureOf } from "../test-support/modern-server.js";
import { type OpenHttpOptions, openHttpServer } from "./open-http-server.js";

/** What a server in memory answers a POST with: a result, an error, a Response, or nothing at all. */
type Answer =
  | { result: unknown }
  | { error: unknown; status?: number }
  | Response
  | "silence"
  | FairleadError;

const initialized = {
  result: { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "m", version: "1" } },
};
const modern: Answer = { result: discoverResult };
const plain = (status: number, body = "<p>no</p>", type = "text/html") =>
  new Response(body, { status, headers: { "content-type": type } });
const busy = (retryAfter: string) =>
  new Response("", { status: 503, headers: { "content-type": "text/plain", "retry-after": retryAfter } });
const refusal = { error: { code: -32603, message: "out of order" } };

interface Opened {
  readonly connection: McpConnection;
  readonly eras: readonly Era[];
  readonly sent: readonly string[];
}

/** Opens a server that answers as told, from a list one after the other, and `initialize` like a legacy one unless told otherwise. */
async function open(
  answers: Readonly<Record<string, Answer | readonly [Answer, Answer]>>,
  options: Partial<OpenHttpOptions> = {},
  sent: string[] = [],
): Promise<Opened> {
  const fetch: Fetch = (_url, init) => {
    if (init?.method !== "POST") return Promise.resolve(plain(405));
    const message = JSON.parse(Buffer.from(init.body as Uint8Array).toString()) as {
      id?: number;
      method: string;
    };
    sent.push(message.method);
    if (message.id === undefined) return Promise.resolve(new Response(null, { status: 202 }));
    const given = answers[message.method] ?? { result: {} };
    const isFirst = sent.filter((method) => method === message.method).length === 1;
    const answer = Array.isArray(given) ? (given[isFirst ? 0 : 1] as Answer) : (given as Answer);
    if (answer === "silence") {
      return new Promise((_, reject) => {
        init.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error), { once: true });
      });
    }
    if (answer instanceof FairleadError) return Promise.reject(answer);
    if (answer instanceof Response) return Promise.resolve(answer.clone());
    const status = "status" in answer ? answer.status : 200;
    const body = JSON.stringify({ jsonrpc: "2.0", id: message.id, ...answer, status: undefined });
    return Promise.resolve(
      new Response(body, { status: status ?? 200, headers: { "content-type": "application/json" } }),
    );
  };
  const eras: Era[] = [];
  const connection = await openHttpServer({
    endpoint: { url: "http://server.test/mcp", fetch },
    name: "web",
    clientInfo: { name: "agent", version: "1" },
    capabilities: {},
    onEra: (era) => eras.push(era),
    ...options,
  });
  await connection.close();
  return { connection, eras, sent };
}

const unsupported = (supported: readonly string[]) => ({
  error: { code: -32022, message: "Unsupported protocol version", data: { supported } },
  status: 400,
});

describe("the era of a server behind a URL", () => {
  test("is modern where it answers the modern question", async () => {
    const { connection, eras, sent } = await open({ "server/discover": modern, initialize: plain(500) });
    expect([connection.era, eras]).toEqual(["modern", ["modern"]]);
    expect(sent).not.toContain("initialize");
  });

  test.each<[string, Answer]>([
    ["400 without JSON-RPC", plain(400)],
    ["400 without a body", plain(400, "")],
    ["404", plain(404)],
    ["405", plain(405)],
    ["406", plain(406)],
    ["415", plain(415)],
    ["400 with an error of its own", { error: { code: -32000, message: "No session" }, status: 400 }],
    ["method not found", { error: { code: -32601, message: "Method not found" } }],
    ["404 and method not found", { error: { code: -32601, message: "Method not found" }, status: 404 }],
    ["old revisions", unsupported(["2025-11-25", "2025-06-18"])],
    ["an empty result", { result: {} }],
    ["a page", plain(200)],
    ["broken JSON", plain(200, "{", "application/json")],
  ])("is legacy where it answers with %s", async (_, answer) => {
    const { connection, eras, sent } = await open({ "server/discover": answer, initialize: initialized });
    expect([connection.era, eras]).toEqual(["legacy", ["legacy"]]);
    expect(sent.slice(0, 3)).toEqual(["server/discover", "initialize", "notifications/initialized"]);
  });

  test("is legacy this time, and not for ever, where it never answers the modern question", async () => {
    const answers = { "server/discover": "silence", initialize: initialized } as const;
    const { connection, eras } = await open(answers, { startupTimeoutMs: 400 });
    expect([connection.era, eras]).toEqual(["legacy", []]);
  });

  test("is modern where it was silent at first and then refuses the handshake", async () => {
    const answers = { "server/discover": ["silence", modern], initialize: refusal } as const;
    const { connection, eras } = await open(answers, { startupTimeoutMs: 400 });
    expect([connection.era, eras]).toEqual(["modern", ["modern"]]);
  });

  test("cannot be told where it is silent and refuses the handshake, which is told", async () => {
    const answers = { "server/discover": "silence", initialize: refusal } as const;
    const failure = await failureOf(open(answers, { startupTimeoutMs: 400 }));
    expect(failure.message).toContain("out of order");
  });

  test("is modern where it asks for a pause that is longer than silence may be", async () => {
    const answers = { "server/discover": [busy("1"), modern], initialize: initialized } as const;
    const { eras, sent } = await open(answers, { startupTimeoutMs: 1_900 });
    expect(eras).toEqual(["modern"]);
    expect(sent.slice(0, 2)).toEqual(["server/discover", "server/discover"]);
  });

  test("cannot be told where it asks for a pause that ends too late, and nothing is waited for", async () => {
    const sent: string[] = [];
    const answers = { "server/discover": busy("15"), initialize: initialized };
    const failure = await failureOf(open(answers, { startupTimeoutMs: 4_000 }, sent));
    expect(failure).toMatchObject({ reason: "http_status", details: { status: 503 } });
    expect(sent).toEqual(["server/discover"]);
  });

  test.each<[string, Answer, object]>([
    ["401", plain(401), { reason: "http_status", details: { status: 401, failure: "login_required" } }],
    ["403", plain(403), { reason: "http_status", details: { status: 403 } }],
    [
      "no connection",
      new FairleadError("unavailable", "refused", { reason: "connect_failed", effect: "none" }),
      { reason: "connect_failed", details: { failure: "unreachable" } },
    ],
    [
      "a bad certificate",
      new FairleadError("unavailable", "expired", { reason: "tls_failed", effect: "none" }),
      { reason: "tls_failed", details: { failure: "unreachable" } },
    ],
  ])("cannot be told from %s, which fails the start as it is", async (_, answer, expected) => {
    const sent: string[] = [];
    const failure = await failureOf(open({ "server/discover": answer, initialize: initialized }, {}, sent));
    expect(failure).toMatchObject(expected);
    expect(failure.details["server"]).toBe("web");
    expect(sent).not.toContain("initialize");
  });

  test("cannot be told from a passing trouble that does not pass", async () => {
    const sent: string[] = [];
    const failure = await failureOf(open({ "server/discover": plain(503) }, {}, sent));
    expect(failure).toMatchObject({
      reason: "http_status",
      details: { status: 503, failure: "http_status" },
    });
    expect(sent).toEqual(["server/discover", "server/discover", "server/discover"]);
  });

  test("is modern, but of no use, where it lists newer revisions only", async () => {
    const sent: string[] = [];
    const failure = await failureOf(
      open({ "server/discover": unsupported(["2027-01-01"]), initialize: initialized }, {}, sent),
    );
    expect(failure).toMatchObject({ reason: "version_mismatch", details: { failure: "protocol_error" } });
    expect(sent).toEqual(["server/discover"]);
  });
});

describe("an era that is remembered", () => {
  test("legacy: nothing is asked", async () => {
    const { eras, sent } = await open({ initialize: initialized }, { rememberedEra: "legacy" });
    expect([eras, sent[0]]).toEqual([[], "initialize"]);
  });

  test("legacy, wrongly: a refusal leads to the modern question", async () => {
    const answers = { initialize: unsupported(["2026-07-28"]), "server/discover": modern };
    const { connection, eras } = await open(answers, { rememberedEra: "legacy" });
    expect([connection.era, eras]).toEqual(["modern", ["modern"]]);
  });

  test("legacy, and the server is simply broken: its own refusal is told", async () => {
    const answers = { initialize: refusal };
    const failure = await failureOf(open(answers, { rememberedEra: "legacy" }));
    expect(failure.message).toContain("out of order");
  });

  test("modern, wrongly: the handshake follows", async () => {
    const answers = { "server/discover": plain(404), initialize: initialized };
    const { connection, eras } = await open(answers, { rememberedEra: "modern" });
    expect([connection.era, eras]).toEqual(["legacy", ["legacy"]]);
  });
});

test("one limit holds for everything, and is told as the whole", async () => {
  const answers = { "server/discover": "silence", initialize: "silence" } as const;
  const startedAtMs = performance.now();
  const failure = await failureOf(open(answers, { startupTimeoutMs: 300 }));
  expect(failure).toMatchObject({ reason: "handshake_failed", details: { failure: "handshake_timeout" } });
  expect(failure.message).toContain("within 300 ms");
  expect(performance.now() - startedAtMs).toBeLessThan(2_000);
});

test("whoever gives the start up is told so at once", async () => {
  const abort = new AbortController();
  const opening = failureOf(open({ "server/discover": "silence" }, { signal: abort.signal }));
  abort.abort();
  expect(await opening).toMatchObject({ code: "canceled" });
});
