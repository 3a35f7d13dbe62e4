import { expect, test } from "vitest";
import { startLoopbackServer } from "../login/test-support/loopback-server.js";
import { plainFetch } from "../login/test-support/plain-fetch.js";
import { maxDocumentBytes, requestJson } from "./json-request.js";

const deadlineMs = 5_000;

test("a socket that hangs ends with the deadline, before the head and within the body", async () => {
  await using server = await startLoopbackServer(() => ({
    "/head": "hang",
    "/body": { headers: { "content-length": "100" }, body: "{" },
  }));
  for (const path of ["/head", "/body"]) {
    const url = new URL(path, server.origin);
    await expect(requestJson(plainFetch, { url, deadlineMs: 50 })).rejects.toMatchObject({
      code: "deadline_exceeded",
      details: { limit: "deadlineMs" },
    });
  }
});

test("JSON is JSON, whatever its type says, and every status is an answer", async () => {
  await using server = await startLoopbackServer(() => ({
    "/": { status: 418, headers: { "content-type": "application/octet-stream" }, body: '{"a":1}' },
    "/page": { body: "<html>" },
  }));
  const json = await requestJson(plainFetch, { url: new URL(server.origin), deadlineMs });
  expect(json).toEqual({ status: 418, text: '{"a":1}', body: { a: 1 } });
  const page = await requestJson(plainFetch, { url: new URL("/page", server.origin), deadlineMs });
  expect(page.body).toBeUndefined();
});

test("nothing is read past the limit", async () => {
  await using server = await startLoopbackServer(() => ({ "/": { body: " ".repeat(maxDocumentBytes + 1) } }));
  await expect(requestJson(plainFetch, { url: new URL(server.origin), deadlineMs })).rejects.toMatchObject({
    code: "resource_exhausted",
    reason: "response_too_large",
  });
});

test("a request with secrets does not follow a redirect", async () => {
  await using server = await startLoopbackServer(() => ({
    "/": { status: 307, headers: { location: "/other" }, body: {} },
  }));
  const url = new URL(server.origin);
  const { status } = await requestJson(plainFetch, { url, method: "POST", body: "secret=1", deadlineMs });
  expect(status).toBe(307);
  expect(server.calls()).toEqual(["POST /"]);
});

test("nobody there is unavailable, without the URL's query in the message", async () => {
  const server = await startLoopbackServer(() => ({}));
  await server[Symbol.asyncDispose]();
  const failed = requestJson(plainFetch, { url: new URL("/?code=secret", server.origin), deadlineMs });
  await expect(failed).rejects.toMatchObject({ code: "unavailable" });
  await expect(failed).rejects.not.toThrow(/secret/);
});

test("a signal that has fired already sends nothing", async () => {
  await using server = await startLoopbackServer(() => ({}));
  const request = { url: new URL(server.origin), deadlineMs, signal: AbortSignal.abort() };
  await expect(requestJson(plainFetch, request)).rejects.toMatchObject({ code: "canceled" });
  expect(server.seen).toEqual([]);
});
