import { connectExecutor, type ExecutorSession } from "@fairlead/link";
import { type McpConnection, openStdioConnection } from "@fairlead/mcp";
import { fixtureServerPath } from "@fairlead/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type ExecutorDaemon, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { waitUntilServersGone } from "../lifetimes/support/server-processes.js";

const limitBytes = 100_000;

let scene: Scene;
let daemon: ExecutorDaemon;
let session: ExecutorSession;
beforeAll(async () => {
  scene = await createScene();
  daemon = await startDaemon(scene);
});
beforeEach(async () => {
  session = await connectExecutor({ url: daemon.address, clientName: "test", clientVersion: "0" });
});
afterEach(async () => {
  await session.close();
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

/** Starts a server that may write so much and no more. */
function open(name: string, args: readonly string[]): Promise<McpConnection> {
  return openStdioConnection({
    launcher: session.launcher,
    spec: { program: process.execPath, args: [...args, scene.marker], outputLimitBytes: limitBytes },
    name,
    clientInfo: { name: "test", version: "0" },
    capabilities: {},
  });
}

function callBig(connection: McpConnection, bytes: number): ReturnType<McpConnection["request"]> {
  const params = { name: "big", arguments: { bytes } };
  return connection.request({ method: "tools/call", params: Buffer.from(JSON.stringify(params)) });
}

test("a server that writes more than its launch allows fails its call with that reason", async () => {
  const connection = await open("chatty", [fixtureServerPath, "--marker"]);
  expect(await callBig(connection, 10_000)).toMatchObject({ kind: "result" });
  const failure: unknown = await callBig(connection, 2 * limitBytes).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: "unavailable",
    reason: "limit_reached",
    message: expect.stringContaining("'chatty' wrote more than its launch allowed and was stopped, before"),
    details: { server: "chatty", exitReason: "output_limit" },
  });
  await waitUntilServersGone(scene, 5_000);
});

test("one that does so at start-up is told as a start that failed by its end", async () => {
  const script = `process.stderr.write("y".repeat(${2 * limitBytes})); setInterval(() => {}, 1e6);`;
  await expect(open("flood", ["-e", script])).rejects.toMatchObject({
    code: "unavailable",
    reason: "limit_reached",
    message: expect.stringContaining("'flood' wrote more than its launch allowed"),
    details: { failure: "exited", exitReason: "output_limit", stderrTail: "y".repeat(4 * 1024) },
  });
  await waitUntilServersGone(scene, 5_000);
});
