import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { createTestHome, withMarker } from "../servers/support/create-test-home.js";

const isPosix = process.platform !== "win32";
const asItComes = "echo up; exec sleep 30";
const trapped = (name: string): string => `trap "exit 7" ${name}; echo up; while :; do sleep 0.05; done`;

test.skipIf(!isPosix).each<[signal: NodeJS.Signals, what: string, script: string, code: number]>([
  ["SIGTERM", "ends a program that takes it as it comes", asItComes, 143],
  ["SIGINT", "ends a program that takes it as it comes", asItComes, 130],
  ["SIGTERM", "is heard by a program that waits for it", trapped("TERM"), 7],
  ["SIGINT", "is heard by a program that waits for it", trapped("INT"), 7],
])("%s sent to run %s", async (signal, _, script, code) => {
  await using home = await createTestHome();
  const [program, ...args] = home.command("run", ...withMarker, "--", "sh", "-c", script);
  const run = spawn(program, args, {
    env: home.env,
    cwd: home.folder.path,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(run, "close");
  await Promise.race([once(run.stdout, "data"), ended]);
  run.kill(signal);
  expect(await ended).toEqual([code, null]);
});
