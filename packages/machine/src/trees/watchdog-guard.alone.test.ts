import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findProcessSystem } from "../processes/this-system.js";
import { readSelf, type TreeOwner } from "./owner.js";
import { createWatchdogGuard } from "./watchdog-guard.js";
import { watchdogProgram } from "./watchdog-program.js";

if (!existsSync(watchdogProgram)) throw new Error(`Build first: ${watchdogProgram} is missing`);

const { execPath } = process;
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-guard-"));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  process.execPath = execPath;
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

test.skipIf(process.platform !== "linux")(
  "a killed watchdog is replaced as soon as one can be started again, with growing pauses between the tries",
  async () => {
    const problems: unknown[] = [];
    const order = { folder, owner: await owner() };
    const guard = createWatchdogGuard(
      order,
      () => true,
      (cause) => problems.push(cause),
    );
    await guard.watch();
    const [killed = 0] = children();
    process.execPath = join(folder, "no-node-here");
    process.kill(killed, "SIGKILL");
    await eventually(() => children().length === 0);

    await eventuallyAfter(1_000, () => problems.length === 1);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(problems).toHaveLength(1);
    await eventuallyAfter(1, () => problems.length === 2);
    expect(problems[1]).toMatchObject({ code: "unavailable", reason: "spawn_failed" });

    process.execPath = execPath;
    await eventuallyAfter(4_000, () => children().length === 1);
    expect(problems).toHaveLength(2);
    await guard.dismiss();
    expect(children()).toEqual([]);
  },
);

async function owner(): Promise<TreeOwner> {
  const system = await findProcessSystem();
  if (system === undefined) throw new Error("This system shows no processes");
  return { ...(await readSelf(system)), ownerId: "o_test", cgroupPath: undefined };
}

function children(): readonly number[] {
  const text = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
  return text.split(" ").filter(Boolean).map(Number);
}

async function eventuallyAfter(timeMs: number, isSo: () => boolean): Promise<void> {
  await vi.advanceTimersByTimeAsync(timeMs);
  await eventually(isSo);
}

/** Goes by the turns of the event loop, for the clock stands still. */
async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
