import { defaultExecutorLimits } from "@fairlead/core";
import { expect, test } from "vitest";
import { packageDefinition } from "../contract.js";
import { httpWindowBytes } from "../http-window.js";
import { fromHttpRequestHead, type HttpRequestSpec, toHttpRequestHead } from "./http.js";

/** Encodes and decodes, so that what protobuf does to absent and default values is seen too. */
function overTheWire(spec: HttpRequestSpec): HttpRequestSpec {
  const codec = packageDefinition["fairlead.executor.v1.HttpRequestHead"] as unknown as {
    serialize(value: object): Buffer;
    deserialize(bytes: Buffer): never;
  };
  return fromHttpRequestHead(codec.deserialize(codec.serialize(toHttpRequestHead(spec))));
}

const plain: HttpRequestSpec = {
  method: "GET",
  url: "http://127.0.0.1/",
  headers: [],
  redirect: "follow",
  policy: {},
  hasBody: false,
  responseWindowBytes: 1,
};
const nothing = { deadlineMs: undefined, idleTimeoutMs: undefined, maxResponseBytes: undefined };

test.each(["follow", "manual", "error"] as const)(
  "a request that says everything (%s) arrives whole",
  (redirect) => {
    const spec: HttpRequestSpec = {
      method: "POST",
      url: "https://example.test/a?b=ü",
      headers: [
        ["x-many", "1"],
        ["x-many", "2"],
        ["x-latin", "grün\u00ff"],
        ["x-empty", ""],
      ],
      redirect,
      policy: {
        deadlineMs: 30_000,
        idleTimeoutMs: 5_000,
        maxResponseBytes: 2 ** 40,
        headersFromEnv: [
          { header: "authorization", name: "TOKEN", prefix: "Bearer ", required: true },
          { header: "x-key", name: "KEY", prefix: undefined, required: false },
        ],
        proxy: "none",
      },
      hasBody: true,
      bodyBytes: 0,
      responseWindowBytes: 1_000_000,
    };
    expect(overTheWire(spec)).toEqual(spec);
  },
);

test("a request that says little arrives with nothing that was not said", () => {
  expect(overTheWire(plain)).toEqual({
    ...plain,
    bodyBytes: undefined,
    policy: { ...nothing, headersFromEnv: [], proxy: "environment" },
  });
});

test("times that no integer can tell are told as the next one", () => {
  const policy = { deadlineMs: 0.2, idleTimeoutMs: -1, maxResponseBytes: Number.POSITIVE_INFINITY };
  expect(overTheWire({ ...plain, policy }).policy).toMatchObject({
    deadlineMs: 1,
    idleTimeoutMs: 0,
    maxResponseBytes: Number.MAX_SAFE_INTEGER,
  });
});

test.each<[name: string, more: Partial<HttpRequestSpec>]>([
  ["512 headers", { headers: Array.from({ length: 512 }, () => ["a", "b"] as const) }],
  ["256 KiB", { url: "x".repeat(256 * 1024 - 3) }],
])("a head with %s is taken", (_, more) => {
  expect(overTheWire({ ...plain, ...more })).toMatchObject(more);
});

test.each<[name: string, more: Partial<HttpRequestSpec>]>([
  ["513 headers", { headers: Array.from({ length: 513 }, () => ["a", "b"] as const) }],
  ["a byte more than 256 KiB", { url: "x".repeat(256 * 1024 - 2) }],
  [
    "as much in a prefix",
    { policy: { headersFromEnv: [{ header: "a", name: "A", prefix: "ü".repeat(128 * 1024) }] } },
  ],
])("a head with %s is refused on both ends alike", (_, more) => {
  const refused = expect.objectContaining({
    code: "resource_exhausted",
    reason: "limit_reached",
    effect: "none",
  });
  const spec = { ...plain, ...more };
  expect(() => toHttpRequestHead(spec)).toThrow(refused);
  const message = {
    ...toHttpRequestHead(plain),
    url: spec.url,
    headers: spec.headers.map(([name, value]) => ({ name, value })),
    headersFromEnv: (spec.policy.headersFromEnv ?? []).map((from) => ({ required: false, ...from })),
  };
  expect(() => fromHttpRequestHead(message as never)).toThrow(refused);
});

test("all requests of a session together stay within its buffer", () => {
  expect(httpWindowBytes(defaultExecutorLimits)).toBe(2 * 1024 * 1024);
  const limits = { windowBytes: 100, sessionBufferBytes: 1_000, httpRequestsPerSession: 3 };
  expect(httpWindowBytes(limits)).toBe(100);
  expect(httpWindowBytes({ ...limits, httpRequestsPerSession: 100 })).toBe(10);
  expect(httpWindowBytes({ ...limits, httpRequestsPerSession: 5_000 })).toBe(1);
});
