import { expect, test } from "vitest";
import { connect } from "../link/support/connected.js";
import { launchReader } from "../link/support/launch-reader.js";

// Closing waited for as long as the system waits for a connection that nobody answers.
test("a close gives up soon where nobody answers, and says that the executor ends everything by itself", async () => {
  await using connected = await connect({ detachTtlMs: 60_000 });
  const { session, proxy } = connected;
  proxy?.admit("hold");
  proxy?.cut();
  await expect.poll(() => session.state.state, { timeout: 5_000 }).toBe("recovering");
  const startedAtMs = performance.now();
  await expect(session.close()).rejects.toMatchObject({ code: "unavailable", reason: "session_lost" });
  expect(performance.now() - startedAtMs).toBeLessThan(8_000);
});

test("a close whose connection broke while the ladder was climbed still gets the report", async () => {
  await using connected = await connect({ detachTtlMs: 60_000 });
  const { session, proxy } = connected;
  const stubborn = await launchReader(session, [
    "sh",
    "-c",
    "trap '' TERM; echo ready; while :; do sleep 1; done",
  ]);
  await expect.poll(() => stubborn.text, { timeout: 5_000 }).toContain("ready");
  const closing = session.close({ stdinGraceMs: 300, termGraceMs: 3_300 });
  // Later than a close is tried for where nothing was reached at all.
  setTimeout(() => proxy?.cut(), 3_300);
  const report = await closing;
  expect(report.survived).toEqual([]);
  expect(report.forced.map(({ pid }) => pid)).toContain(stubborn.process.pid);
});
