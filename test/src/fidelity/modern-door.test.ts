import { callHttp } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ModernHttpEnd, openModernHttpEnd } from "./support/modern-end.js";
import { respond, scriptParams } from "./support/script.js";

const prefix = "io.modelcontextprotocol/";
const envelope = {
  [`${prefix}protocolVersion`]: "2026-07-28",
  [`${prefix}clientInfo`]: { name: "door", version: "1" },
  [`${prefix}clientCapabilities`]: {},
};

interface Answer {
  readonly status: number;
  readonly id: unknown;
  readonly code: number | undefined;
  readonly data: Record<string, unknown> | undefined;
}

describe("what the HTTP face asks of requests without a session", () => {
  let end: ModernHttpEnd;
  beforeAll(async () => {
    end = await openModernHttpEnd({ era: "modern" });
  });
  afterAll(async () => end?.[Symbol.asyncDispose]());

  /** @param changed headers to replace; undefined takes one away */
  async function post(message: object, changed: Record<string, string | undefined> = {}): Promise<Answer> {
    const body = { jsonrpc: "2.0", id: "door", ...message } as {
      method?: string;
      params?: { name?: string };
    };
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${end.token}`,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": body.method,
      "mcp-name": body.params?.name,
      ...changed,
    };
    const given = Object.entries(headers).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const call = callHttp({
      url: end.url,
      method: "POST",
      headers: Object.fromEntries(given),
      body: JSON.stringify(body),
    });
    const { status, body: text } = await call.answer;
    const { id, error } = JSON.parse(await text);
    return { status, id, code: error?.code, data: error?.data };
  }
  const list = { method: "tools/list", params: { _meta: envelope } };
  const call = {
    method: "tools/call",
    params: { ...scriptParams("script", [respond(`{"resultType":"complete"}`)]), _meta: envelope },
  };
  const fine = { status: 200, id: "door", code: undefined };

  test("a request with everything in its place is answered", async () => {
    expect(await post(list)).toMatchObject(fine);
    expect(await post(call)).toMatchObject(fine);
  });

  test.each([
    ["another revision in the header", { "mcp-protocol-version": "2025-11-25" }],
    ["another method in the header", { "mcp-method": "tools/list" }],
    ["a method in another spelling", { "mcp-method": "Tools/Call" }],
    ["no method in the header", { "mcp-method": undefined }],
    ["another name in the header", { "mcp-name": "other" }],
    ["no name in the header", { "mcp-name": undefined }],
  ])("%s gets 400 and -32020", async (_, changed) => {
    expect(await post(call, changed)).toMatchObject({ status: 400, id: "door", code: -32020 });
  });

  test("a revision that nobody knows gets 400, -32022 and those that are known", async () => {
    const version = "v999.0.0";
    const message = {
      method: "tools/list",
      params: { _meta: { ...envelope, [`${prefix}protocolVersion`]: version } },
    };
    const answer = await post(message, { "mcp-protocol-version": version });
    expect(answer).toMatchObject({ status: 400, id: "door", code: -32022 });
    expect(answer.data).toMatchObject({
      requested: version,
      supported: expect.arrayContaining(["2026-07-28"]),
    });
  });

  test.each([`${prefix}clientCapabilities`, `${prefix}protocolVersion`])(
    "an envelope without %s gets 400",
    async (name) => {
      const rest = Object.fromEntries(Object.entries(envelope).filter(([key]) => key !== name));
      const answer = await post({ method: "tools/list", params: { _meta: rest } });
      expect(answer.status).toBe(400);
      expect(answer.code).toBeLessThan(0);
    },
  );

  test("who the agent is need not be told", async () => {
    const { [`${prefix}clientInfo`]: _, ...rest } = envelope;
    expect(await post({ method: "tools/list", params: { _meta: rest } })).toMatchObject(fine);
  });

  test.each(["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"])(
    "%s is gone: 404 and -32601",
    async (method) => {
      expect(await post({ method, params: { _meta: envelope } })).toMatchObject({
        status: 404,
        id: "door",
        code: -32601,
      });
    },
  );

  test("a credential is needed here too", async () => {
    const { status } = await callHttp({
      url: end.url,
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/list",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...list }),
    }).answer;
    expect(status).toBe(401);
  });

  test("a page from elsewhere may not come in here either", async () => {
    expect(
      (await post(list, { origin: "http://evil.example.com" }).catch(() => ({ status: 403 }))).status,
    ).toBe(403);
  });
});
