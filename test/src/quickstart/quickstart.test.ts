import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { canCountProcesses, processesMatching, runCommand, workspaceRoot } from "@fairlead/testkit";
import { expect, test } from "vitest";

const script = join(workspaceRoot(), "test", "dist", "quickstart", "run-quickstart.js");

test("the quickstart stays within 80 columns", async () => {
  const { code, stdout, stderr } = await runCommand([process.execPath, script]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(stdout).toContain("Stopping everything: 3 processes are running");
});

test("the quickstart fails in one clear line, with the exit code of the failure", async () => {
  const env = { ...process.env, FAIRLEAD_BIN_FAIRLEAD_EXECUTOR: "/bin/false" };
  const { code, stderr } = await runCommand([process.execPath, script], { env });
  expect(code).toBe(4);
  expect(stderr).toMatch(/^error: the quickstart failed: .+ended with code 1 before it was ready.+\n$/);
});

test("the quickstart names a program that is not built", async () => {
  const env = { ...process.env, FAIRLEAD_BIN_FAIRLEAD_EXECUTOR: "nowhere.js" };
  const { code, stderr } = await runCommand([process.execPath, script], { env });
  expect(code).toBe(5);
  expect(stderr).toMatch(/^error: the quickstart failed: .+nowhere\.js, which does not exist.+\n$/);
});

test.runIf(canCountProcesses())("an interrupted quickstart leaves nothing behind", async () => {
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "ignore"] });
  const started: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const pid = /\(pid (\d+)\)/.exec(line)?.[1];
    if (pid !== undefined) started.push(Number(pid));
    if (line.includes("launched by the executor")) child.kill("SIGINT");
  }
  const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode];
  expect(code).toBe(130);
  expect(started).toHaveLength(2);
  expect(processesMatching(({ pid }) => started.includes(pid))).toEqual([]);
});
