import type { IncomingHttpHeaders } from "node:http";
import { connectExecutor, type ExecutorSession } from "@fairlead/link";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf } from "../failures/support/far-executor.js";
import { createScene } from "../failures/support/scene.js";
import { startTestExecutor, type TestExecutor } from "../faults/support/test-executor.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startWebServer, type WebServer } from "./support/far-http.js";

const secret = "s3cret-of-the-executor";

const stack = createDisposeStack();
let executor: TestExecutor;
let session: ExecutorSession;
let web: WebServer;
let headers: IncomingHttpHeaders = {};
beforeAll(async () => {
  const scene = stack.use(await createScene());
  const env = { ...scene.env, FAR_TOKEN: secret, FAR_BLANK: "  " };
  executor = stack.use(await startTestExecutor({ ...scene, env }, { limits: {} }));
  session = await connectExecutor({
    url: executor.address,
    token: executor.token,
    name: "far",
    clientName: "test",
    clientVersion: "0",
    detachTtlMs: 1_000,
  });
  web = stack.use(
    await startWebServer((request, response) => {
      headers = request.headers;
      if (request.url === "/stays") response.write("first");
      else response.end();
    }),
  );
});
afterAll(() => stack[Symbol.asyncDispose]());

test("headers take their values from the executor's environment, which this side never sees", async () => {
  const headersFromEnv = [
    { header: "authorization", name: "FAR_TOKEN", prefix: "Bearer ", required: true },
    { header: "x-blank", name: "FAR_BLANK" },
    { header: "x-unset", name: "FAR_UNSET" },
  ];
  expect((await session.fetch(web.url, { policy: { headersFromEnv } })).status).toBe(200);
  expect(headers["authorization"]).toBe(`Bearer ${secret}`);
  expect(headers).not.toHaveProperty("x-blank");
  expect(headers).not.toHaveProperty("x-unset");
});

test("a variable that must be set there is named where it is not", async () => {
  const headersFromEnv = [{ header: "authorization", name: "FAR_BLANK", prefix: secret, required: true }];
  const failure = await failureOf(session.fetch(web.url, { policy: { headersFromEnv } }));
  expect(failure).toMatchObject({ code: "usage", reason: "argument_invalid", effect: "none" });
  expect(failure.message).toContain("FAR_BLANK");
  expect(failure.message).not.toContain(secret);
});

test("an executor that is suspended is noticed by the deadline, and one that is killed at once", async () => {
  executor.suspend();
  expect(await failureOf(session.fetch(web.url, { policy: { deadlineMs: 200 } }))).toMatchObject({
    code: "deadline_exceeded",
    details: { limit: "deadlineMs" },
  });
  executor.resume();
  const { body } = await session.fetch(`${web.url}/stays`);
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  executor.kill("SIGKILL");
  expect(await failureOf(reader.read())).toMatchObject({
    code: "unavailable",
    reason: "executor_unreachable",
    effect: "unknown",
  });
  await expect.poll(() => web.socketCount()).toBe(0);
  expect(await session.lost).toMatchObject({ reason: "session_lost" });
  expect(await failureOf(session.fetch(web.url))).toMatchObject({ reason: "session_lost" });
});
