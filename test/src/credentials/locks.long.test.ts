import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { processMarks } from "@fairlead/machine/process-mark";
import { withFileLock } from "@fairlead/oauth";
import {
  canCountProcesses,
  createTempFolder,
  createTestRandom,
  type RawClient,
  waitUntil,
} from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { locksLeftIn, startScript, waitForLine } from "./support/programs.js";

const key = "the one lock";

/** A take-over that is not free of races has two holders within a few hundred. */
const takeOvers = 1_500;

describe.skipIf(!canCountProcesses())("the lock of a credential", () => {
  test("never has two holders, while its holders and those who wait are killed at random", async () => {
    await using folder = await createTempFolder("fl-lock-");
    const log = await folder.write("log", "");
    const locks = folder.file("locks");
    const random = createTestRandom("kills");
    const start = (): Promise<RawClient> => startScript("lock-worker.mjs", locks, log);
    const workers = await Promise.all(Array.from({ length: 6 }, start));
    const killed: RawClient[] = [];
    let killedInside = 0;
    try {
      while (killed.length < 25) {
        const before = (await readFile(log, "utf8")).length;
        // Each death meets workers that work: nothing is proven by killing those that still start.
        await waitUntil(async () => (await readFile(log, "utf8")).length > before + 60, {
          withinMs: 60_000,
          what: () => `More work (${workers.map((worker) => worker.stderr()).join()})`,
        });
        const next = await start();
        const isHolder = killed.length % 2 > 0;
        const victim = isHolder ? await holdInside(workers, log) : workers[random.integer(0, 5)];
        if (victim === undefined) throw new Error("There is no worker to kill");
        victim.kill("SIGKILL");
        if (isHolder) killedInside += 1;
        workers.splice(workers.indexOf(victim), 1, next);
        killed.push(victim);
      }
      for (const worker of workers) worker.closeStdin();
      const exits = await Promise.all(workers.map((worker) => worker.exited));
      expect(exits.map(({ code }) => code)).toEqual(workers.map(() => 0));
    } finally {
      await Promise.all([...workers, ...killed].map((worker) => worker[Symbol.asyncDispose]()));
    }
    const dead = new Set(killed.map(({ pid }) => pid));
    const { problems, interrupted } = holdersOf(await readFile(log, "utf8"), dead);
    expect(problems).toEqual([]);
    expect(killedInside).toBe(12);
    expect(interrupted).toBeGreaterThanOrEqual(killedInside);
    // The first who comes by removes what the dead left.
    await withFileLock({ folder: locks, key, processes: processMarks }, async () => {});
    expect(await locksLeftIn(locks)).toEqual([]);
  });

  test("never has two holders while each of eight processes has to take it over from a dead one", async () => {
    await using folder = await createTempFolder("fl-lock-");
    const log = await folder.write("log", "");
    const workers = await Promise.all(
      Array.from({ length: 8 }, () => startScript("lock-worker.mjs", folder.file("locks"), log, "dying")),
    );
    try {
      await waitUntil(async () => (await readFile(log, "utf8")).split("\n").length > 2 * takeOvers, {
        withinMs: 40_000,
        what: () => `So much work (${workers.map((worker) => worker.stderr()).join()})`,
      });
      for (const worker of workers) worker.closeStdin();
      const exits = await Promise.all(workers.map((worker) => worker.exited));
      expect(workers.map((worker) => worker.stderr()).join("")).toBe("");
      expect(exits.map(({ code }) => code)).toEqual(workers.map(() => 0));
    } finally {
      await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
    }
    expect(holdersOf(await readFile(log, "utf8"), new Set())).toEqual({ problems: [], interrupted: 0 });
  });

  test("stays with a holder whose event loop stands still, and with one that is suspended", async () => {
    await using folder = await createTempFolder("fl-lock-");
    await using holder = await startScript("lock-holder.mjs", folder.path, "busy");
    await waitForLine(holder, "held");
    const tries = { folder: folder.path, key, processes: processMarks, waitLimitMs: 700 };
    await expect(withFileLock(tries, async () => "held")).rejects.toMatchObject({ code: "unavailable" });
    holder.kill("SIGSTOP");
    await expect(withFileLock(tries, async () => "held")).rejects.toMatchObject({ code: "unavailable" });
  });

  test("goes to one who waits as soon as its holder is killed", async () => {
    await using folder = await createTempFolder("fl-lock-");
    await using holder = await startScript("lock-holder.mjs", folder.path, "busy");
    await waitForLine(holder, "held");
    const waiting = withFileLock({ folder: folder.path, key, processes: processMarks }, async () =>
      performance.now(),
    );
    holder.kill("SIGKILL");
    const { atMs } = await holder.exited;
    // Polled every 25 ms; the rest is for a busy machine.
    expect((await waiting) - atMs).toBeLessThan(2_000);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("is given back by one who ends as it should", async () => {
    await using folder = await createTempFolder("fl-lock-");
    await using holder = await startScript("lock-holder.mjs", folder.path, "idle");
    await waitForLine(holder, "held");
    holder.closeStdin();
    expect(await holder.exited).toMatchObject({ code: 0 });
    expect(await readdir(folder.path)).toEqual([]);
  });
});

/** Stops a worker while it is inside, so that its death there is no matter of luck. */
async function holdInside(workers: readonly RawClient[], log: string): Promise<RawClient> {
  const holder = (): RawClient | undefined => {
    const last = /(?:^|\n)\+(\d+)\n$/.exec(readFileSync(log, "utf8"))?.[1];
    return workers.find(({ pid }) => pid === Number(last));
  };
  const tryOnce = async (): Promise<RawClient | undefined> => {
    const found = holder();
    if (found === undefined) return undefined;
    found.kill("SIGSTOP");
    // Whatever it was writing is in the log once it stands still.
    await waitUntil(() => /\) [Tt] /.test(readFileSync(`/proc/${found.pid}/stat`, "latin1")), {
      withinMs: 20_000,
      what: () => `That ${found.pid} stands still`,
    });
    if (holder() === found) return found;
    found.kill("SIGCONT");
    return undefined;
  };
  return waitUntil(tryOnce, { withinMs: 60_000, what: "A worker that is inside" });
}

/** Reads the log: who was inside when another one entered, and was not killed. */
function holdersOf(log: string, dead: ReadonlySet<number>): { problems: string[]; interrupted: number } {
  const problems: string[] = [];
  let interrupted = 0;
  let inside: number | undefined;
  const gone = new Set<number>();
  for (const line of log.trimEnd().split("\n")) {
    const pid = Number(line.slice(1));
    if (!/^[+-]\d+$/.test(line) || gone.has(pid)) problems.push(line);
    if (line.startsWith("+")) {
      if (inside !== undefined) {
        if (!dead.has(inside)) problems.push(`${line} while ${inside} was inside`);
        gone.add(inside);
        interrupted += 1;
      }
      inside = pid;
    } else if (line.startsWith("-")) {
      if (inside !== pid) problems.push(`${line} while ${inside ?? "nobody"} was inside`);
      inside = undefined;
    }
  }
  return { problems, interrupted };
}
