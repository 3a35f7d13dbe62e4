import { chmod, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createDeferred } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../store/test-support/temporary-folder.js";
import { type FileLockOptions, withFileLock as withLock } from "./file-lock.js";
import { formatLockNote, isAbandoned, type LockNote, likelyWatchedMs } from "./lock-file.js";
import { prepareLock } from "./take-lock.js";
import { numberJudge } from "./test-support/number-judge.js";

const token = "0123456789abcdef0123456789abcdef";
/** Above every number that a system gives. */
const dead = { mark: String(2 ** 30), pid: 2 ** 30 };
const elsewhere = { mark: "elsewhere", pid: 2 ** 30 };

function withFileLock<Result>(
  options: Omit<FileLockOptions, "processes">,
  work: () => Promise<Result>,
): Promise<Result> {
  return withLock({ ...options, processes: numberJudge }, work);
}

/** Says that a lock is ours. */
function noteOf(change: Partial<LockNote> = {}): LockNote {
  return { token, mark: numberJudge.ownMark(), pid: process.pid, host: "here", ...change };
}

/** Leaves a lock of the key "k" as another process would have. */
async function leaveLock(folder: string, change: Partial<LockNote> | string): Promise<string> {
  let path = "";
  await withFileLock({ folder, key: "k" }, async () => {
    path = join(folder, (await readdir(folder)).find((name) => name.endsWith(".lock")) ?? "");
  });
  await writeFile(path, typeof change === "string" ? change : formatLockNote(noteOf(change)));
  return path;
}

describe("a lock", () => {
  test("lets one at a time work, and leaves no file", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("locks");
    let working = 0;
    let most = 0;
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        withFileLock({ folder: path, key: "k" }, async () => {
          working += 1;
          most = Math.max(most, working);
          await new Promise((resolve) => setImmediate(resolve));
          working -= 1;
          return index;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(answers).toEqual(Array.from({ length: 12 }, (_, index) => index));
    expect(await readdir(path)).toEqual([]);
  });

  test("of one key does not keep out another, and its file does not tell the key", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("locks");
    await withFileLock({ folder: path, key: "https://secret.example" }, async () => {
      await withFileLock({ folder: path, key: "other" }, async () => {
        const names = await readdir(path);
        expect(names.filter((name) => /^[0-9a-f]{32}\.lock$/.test(name))).toHaveLength(2);
        expect(names.join()).not.toContain("secret");
      });
    });
    expect(await readdir(path)).toEqual([]);
  });

  test("is given back when the work fails", async () => {
    await using folder = await temporaryFolder();
    const failing = withFileLock({ folder: folder.path, key: "k" }, async () => {
      throw new Error("the work's own");
    });
    await expect(failing).rejects.toThrow("the work's own");
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("is not waited for past the signal, with the signal's own reason", async () => {
    await using folder = await temporaryFolder();
    const done = createDeferred<void>();
    const held = withFileLock({ folder: folder.path, key: "k" }, () => done.promise);
    const controller = new AbortController();
    const waiting = withFileLock({ folder: folder.path, key: "k", signal: controller.signal }, async () => {
      throw new Error("must not run");
    });
    controller.abort(new Error("no more"));
    await expect(waiting).rejects.toThrow("no more");
    const late = withFileLock({ folder: folder.path, key: "k", signal: controller.signal }, async () => 1);
    await expect(late).rejects.toThrow("no more");
    done.resolve();
    await held;
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("is not waited for past the limit", async () => {
    await using folder = await temporaryFolder();
    await withFileLock({ folder: folder.path, key: "k" }, async () => {
      const waiting = withFileLock({ folder: folder.path, key: "k", waitLimitMs: 50 }, async () => 1);
      await expect(waiting).rejects.toMatchObject({ code: "unavailable", effect: "none" });
    });
  });
});

describe("a folder that takes no locks", () => {
  const neverRun = async (): Promise<never> => {
    throw new Error("must not run");
  };

  test("is named by the error where something else has its name", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("locks");
    await writeFile(path, "");
    await expect(withFileLock({ folder: path, key: "k" }, neverRun)).rejects.toMatchObject({
      code: "unavailable",
      reason: "io_failed",
      message: `${path} cannot be written (EEXIST). See to its folder and try again`,
    });
  });

  // Whoever may do everything is kept out by no mode.
  test.skipIf(process.getuid?.() === 0)("is named by the error where nobody may write to it", async () => {
    await using folder = await temporaryFolder();
    await chmod(folder.path, 0o500);
    await expect(withFileLock({ folder: folder.path, key: "k" }, neverRun)).rejects.toMatchObject({
      code: "forbidden",
      reason: "access_denied",
      details: { path: folder.path },
    });
  });

  // Making links takes rights on Windows.
  test.skipIf(process.platform === "win32")(
    "is named by the error where a lock cannot be looked at",
    async () => {
      await using folder = await temporaryFolder();
      const path = await leaveLock(folder.path, {});
      await rm(path);
      await symlink(path, path);
      await expect(withFileLock({ folder: folder.path, key: "k" }, neverRun)).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining("(ELOOP)") as string,
      });
    },
  );
});

/** As a former version wrote it: by what it says a dead process of this machine. */
const formerNote = JSON.stringify({
  token,
  pid: dead.pid,
  startedAt: "1",
  bootId: "b",
  pidNamespace: "pid:[1]",
  host: "here",
});

describe("a lock that somebody left behind", () => {
  test("is taken over at once from a dead process", async () => {
    await using folder = await temporaryFolder();
    await leaveLock(folder.path, dead);
    expect(await withFileLock({ folder: folder.path, key: "k", waitLimitMs: 0 }, async () => "held")).toBe(
      "held",
    );
    expect(await readdir(folder.path)).toEqual([]);
  });

  test.each<[string, Partial<LockNote> | string]>([
    ["a living process", {}],
    ["a process that only seems to live", { mark: `likely ${process.pid}` }],
    ["a process of another boot, machine or container", elsewhere],
    ["a process of a former version", formerNote],
    ["a note that is being copied this moment", ""],
  ])("stays with %s", async (_, change) => {
    await using folder = await temporaryFolder();
    const path = await leaveLock(folder.path, change);
    const before = await readFile(path, "utf8");
    const waiting = withFileLock({ folder: folder.path, key: "k", waitLimitMs: 100 }, async () => "held");
    await expect(waiting).rejects.toMatchObject({ code: "unavailable" });
    expect(await readFile(path, "utf8")).toBe(before);
  });

  test("of a holder that cannot be judged is told of, and is free after five minutes", async () => {
    await using folder = await temporaryFolder();
    await leaveLock(folder.path, elsewhere);
    const waiting = withFileLock({ folder: folder.path, key: "k", waitLimitMs: 0 }, async () => "held");
    await expect(waiting).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Process 1073741824 of .* It cannot be seen from here .* free in (300|29\d) s at the latest\. Try again then$/,
      ) as string,
    });
    const seen = { identity: token, note: noteOf(elsewhere) };
    expect(isAbandoned({ ...seen, ageMs: 300_000 }, numberJudge)).toBe(false);
    expect(isAbandoned({ ...seen, ageMs: 300_001 }, numberJudge)).toBe(true);
    expect(isAbandoned({ ...seen, note: noteOf(), ageMs: 1e9 }, numberJudge, 1e9)).toBe(false);
  });

  test("of a holder that only seems to live is its own after a sleep of the machine, until it was watched awake", async () => {
    await using folder = await temporaryFolder();
    const path = await leaveLock(folder.path, { mark: `likely ${process.pid}` });
    // A sleep leaves the lock an hour behind. An hour ahead counts the same, and can be set.
    const nextHour = Date.now() / 1_000 + 3_600;
    await utimes(path, nextHour, nextHour);
    await using attempt = await prepareLock(path, numberJudge);
    const pausesMs = [0, likelyWatchedMs, 1];
    const taken: boolean[] = [];
    for (const pausedMs of pausesMs) taken.push(await attempt.take(pausedMs));
    expect(taken).toEqual([false, false, true]);
    await attempt.release();
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("is taken over although the crash of the machine left no note in it", async () => {
    await using folder = await temporaryFolder();
    const path = await leaveLock(folder.path, "");
    // Only the system sets the other time of a file: so this waits two seconds in truth.
    await utimes(path, 0, 0);
    expect(
      await withFileLock({ folder: folder.path, key: "k", waitLimitMs: 10_000 }, async () => "held"),
    ).toBe("held");
  });

  test("is taken over although whoever took it over before died too", async () => {
    await using folder = await temporaryFolder();
    await leaveLock(folder.path, dead);
    const other = noteOf({ ...dead, token: token.replace("0", "f") });
    await writeFile(folder.file(`${token}.break`), formatLockNote(other));
    await writeFile(folder.file(`${other.token}.tmp`), formatLockNote(other));
    expect(await withFileLock({ folder: folder.path, key: "k", waitLimitMs: 0 }, async () => "held")).toBe(
      "held",
    );
  });

  test("is removed, with all that dead processes left, by the first who uses the folder", async () => {
    await using other = await temporaryFolder();
    for (const name of ["a.lock", "b.break", "c.tmp"]) {
      await writeFile(
        other.file(name),
        formatLockNote(noteOf({ ...dead, token: token.replace("0", name.slice(0, 1)) })),
      );
    }
    await withFileLock({ folder: other.path, key: "k" }, async () => {});
    expect(await readdir(other.path)).toEqual([]);
  });
});
