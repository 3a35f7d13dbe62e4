import { expect, test } from "vitest";
import { createTempFolder } from "../files/temp-folder.js";
import { createMarker, waitUntilGone } from "../processes/marker.js";
import { canCountProcesses, openFileCount } from "../processes/process-table.js";
import { runCommand } from "./run-command.js";

const node = (script: string, ...args: string[]): string[] => [process.execPath, "-e", script, ...args];

test("collects both outputs and the exit code, with the given input, environment and folder", async () => {
  await using folder = await createTempFolder();
  const script = `process.stdin.pipe(process.stdout); process.stdin.on("end", () => {
    console.error(process.cwd(), process.env.COLOUR, process.env.PATH); process.exitCode = 7 })`;
  const result = await runCommand(node(script), {
    input: "grüße\n",
    env: { COLOUR: "red" },
    cwd: folder.path,
  });
  expect(result).toMatchObject({
    code: 7,
    signal: null,
    stdout: "grüße\n",
    stderr: `${folder.path} red undefined\n`,
  });
  expect(result.durationMs).toBeGreaterThan(0);
});

test("tells the signal that ended the program", async () => {
  await expect(
    runCommand(node("process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 5000)")),
  ).resolves.toMatchObject({
    code: null,
    signal: "SIGTERM",
  });
});

test("a program that does not read its input is no failure", async () => {
  const result = await runCommand(node("process.exit(3)"), { input: "x".repeat(1_000_000) });
  expect(result.code).toBe(3);
});

test.runIf(canCountProcesses())("kills the whole group at the time limit and shows the output", async () => {
  const marker = createMarker();
  const script = `require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
    console.log("half done"); console.error("no end"); setInterval(() => {}, 1000)`;
  const running = runCommand(node(script, marker), { timeoutMs: 500, env: { ...process.env, MARK: marker } });
  await expect(running).rejects.toMatchObject({
    code: "deadline_exceeded",
    message: expect.stringMatching(/still ran[^]*half done[^]*no end/),
  });
  await waitUntilGone(marker, { withinMs: 2_000 });
});

test.runIf(canCountProcesses())("ends when aborted and leaves no file open", async () => {
  await runCommand(node("0"));
  const before = openFileCount(process.pid);
  const controller = new AbortController();
  const running = runCommand(node("setInterval(() => {}, 1000)"), { signal: controller.signal });
  controller.abort();
  await expect(running).rejects.toMatchObject({ code: "canceled" });
  await expect.poll(() => openFileCount(process.pid)).toBeLessThanOrEqual(before);
});

test("says which program is missing", async () => {
  await expect(runCommand(["/no/such/program"])).rejects.toMatchObject({
    code: "not_found",
    reason: "program_not_found",
  });
});
