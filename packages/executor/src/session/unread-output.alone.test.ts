import { existsSync } from "node:fs";
import { defaultExecutorLimits } from "@fairlead/core";
import { createLocalLauncher } from "@fairlead/machine";
import { expect, test } from "vitest";
import { Session } from "./session.js";

/** Pipes of children that this process has open. */
function openPipes(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "PipeWrap").length;
}

const yes = { program: "yes", args: [], outputWindowBytes: 64 * 1024 };
const atOnce = { stdinGraceMs: 0, termGraceMs: 500 };

function openSession(): Session {
  return new Session({
    principal: "user:1",
    clientName: "test",
    detachTtlMs: 60_000,
    limits: defaultExecutorLimits,
    launcher: createLocalLauncher({}),
    onEnded: () => {},
  });
}

async function startFive(session: Session): Promise<void> {
  const before = openPipes();
  await Promise.all(["a", "b", "c", "d", "e"].map((id) => session.start(id, yes)));
  // Unread, so that each holds a pipe that is not read on.
  for (const { outputs } of session.processes)
    await expect.poll(() => outputs.stdout.endOffset).toBeGreaterThanOrEqual(yes.outputWindowBytes);
  expect(openPipes()).toBeGreaterThanOrEqual(before + 10);
}

test.runIf(existsSync("/usr/bin/yes"))(
  "five floods that a session leaves unread leave no pipe open",
  async () => {
    const before = openPipes();
    const session = openSession();
    await startFive(session);
    const report = await session.end("stopped", atOnce);
    expect(report.survived).toEqual([]);
    await expect.poll(openPipes, { timeout: 5_000 }).toBe(before);
  },
);

test.runIf(existsSync("/usr/bin/yes"))("five floods that are stopped unread leave no pipe open", async () => {
  const before = openPipes();
  const session = openSession();
  await startFive(session);
  for (const { id } of session.processes) await session.stopProcess(id, atOnce);
  expect(session.processes).toEqual([]);
  await expect.poll(openPipes, { timeout: 5_000 }).toBe(before);
  await session.end("stopped");
});
