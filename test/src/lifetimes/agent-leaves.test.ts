import { binaryCommand, initializeRawClient, runCommand, waitUntilGone } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectClean } from "../failures/support/expect-failure.js";
import { createScene, type Scene, serverTable } from "../failures/support/scene.js";
import { startCall } from "./support/calls.js";
import { waitUntilServersGone } from "./support/server-processes.js";

/** Agents kill about two seconds after they closed our stdin. On a machine without other work it takes 0.6 to 1.3 s. */
const exitMs = 2_000;
const ladderMs = 4_000;

/** Lets an agent leave in the middle of a call. */
async function leaveDuringCall(scene: Scene): Promise<void> {
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  await startCall(agent, "s__sleep", { ms: 600_000 });
  const leftAtMs = performance.now();
  agent.closeStdin();
  const exit = await agent.exited;
  expect(exit).toMatchObject({ code: 0, signal: null });
  expect(exit.atMs - leftAtMs).toBeLessThan(exitMs);
  expectClean({ stdout: agent.lines.join("\n"), stderr: agent.stderr() });
}

describe.each([
  ["polite", []],
  ["deaf to the end of its input and to SIGTERM", ["--ignore-eof", "--ignore-term"]],
  ["survived by a grandchild that holds its output", ["--hold-stdout"]],
])("with a server that is %s", (_, flags) => {
  test("serve on the local executor is gone in time, and the server within the ladder", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s", flags));
    await leaveDuringCall(scene);
    await waitUntilGone(scene.marker, { withinMs: ladderMs });
    expect(await scene.leftovers()).toEqual([]);
  });

  test("serve on an executor is gone in time, and the server within the ladder", async () => {
    await using scene = await createScene();
    await using daemon = await startDaemon(scene);
    // So long a TTL shows that the session was closed and did not just run out.
    const executor = executorTable("far", daemon, ["detach_ttl_sec = 600"]);
    await scene.configure(executor + scene.server("s", flags, ['executor = "far"']));
    await leaveDuringCall(scene);
    await waitUntilServersGone(scene, ladderMs);
  });
});

test("answers that are due are written before the end", async () => {
  await using scene = await createScene();
  await scene.configure("");
  const messages = [
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}',
    '{"jsonrpc":"2.0","id":2,"method":"ping"}',
    // The last line has no end: it counts all the same.
    '{"jsonrpc":"2.0","id":3,"method":"tools/list"}',
  ];
  const result = await scene.fairlead(["serve"], { input: messages.join("\n") });
  expect(result.code, result.stderr).toBe(0);
  const answers = result.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: number });
  expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([1, 2, 3]));
});

test("a server that keeps sending does not keep serve alive", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("s") + floodingServer(scene));
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  await agent.nextMessage(({ method }) => method === "notifications/message");
  await startCall(agent, "s__sleep", { ms: 600_000 });
  const leftAtMs = performance.now();
  agent.closeStdin();
  const exit = await agent.exited;
  expect(exit).toMatchObject({ code: 0 });
  expect(exit.atMs - leftAtMs).toBeLessThan(exitMs);
  await waitUntilGone(scene.marker, { withinMs: ladderMs });
});

test("an agent that is killed leaves nothing, although nobody closed its end in order", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("s", ["--ignore-eof", "--ignore-term"]));
  const request = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "s__pid", arguments: {} } };
  const agent = `
    const { spawn } = require("node:child_process");
    const [program, ...args] = ${JSON.stringify([...binaryCommand("fairlead"), "serve"])};
    const serve = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
    serve.stdout.once("data", () => process.kill(process.pid, "SIGKILL"));
    serve.stdin.write(${JSON.stringify(`${JSON.stringify(request)}\n`)});`;
  const ended = await runCommand([process.execPath, "-e", agent], { env: scene.env, cwd: scene.folder.path });
  expect(ended.signal).toBe("SIGKILL");
  await waitUntilGone(scene.marker, { withinMs: ladderMs });
});

/** A server that never stops to send log messages, nor to listen to nobody. */
function floodingServer(scene: Scene): string {
  const program = `
    const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
    const result = { protocolVersion: "2025-11-25", capabilities: { logging: {} }, serverInfo: { name: "f", version: "1" } };
    process.stdout.on("error", () => {});
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { id, method } = JSON.parse(line);
      if (method === "initialize") send({ id, result });
      if (method !== "notifications/initialized") return;
      setInterval(() => {
        for (let i = 0; i < 20; i += 1) send({ method: "notifications/message", params: { level: "info", data: "flood" } });
      }, 1);
    });`;
  return serverTable("flood", [process.execPath, "-e", program, scene.marker]);
}
