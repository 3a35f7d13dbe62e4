import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { FairleadError } from "@fairlead/core";
import { writeFailed } from "../store/store-errors.js";
import { lookAtLock, unknownHolderMs } from "./lock-file.js";
import type { ProcessJudge } from "./process-judge.js";
import { prepareLock, sweepLocks } from "./take-lock.js";

/** Which lock, and how long it is waited for. */
export interface FileLockOptions {
  /** Holds locks and nothing else; made, private, if it is missing. */
  readonly folder: string;
  /** Names the lock among those of the folder; any text. Its file is named by a hash. */
  readonly key: string;
  /** Tells who of those that held it still runs. */
  readonly processes: ProcessJudge;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. @default for ever: whoever lives may take its time, and whoever dies is noticed at once */
  readonly waitLimitMs?: number | undefined;
}

/** No event tells that another process is done, so it is looked for this often, each time a little different. */
const pollMs = { least: 5, most: 25 };

/** Folders whose leftovers this process has removed. */
const sweptFolders = new Set<string>();

/**
 * Lets one process at a time work. There is no heartbeat: a holder that is stopped or busy keeps the lock, and one that is
 * dead loses it to the next who asks. One that cannot be judged from here, because it is of another boot, machine or
 * container, loses it after {@link unknownHolderMs}; where the system does not tell since when a process runs, so does one
 * that only seems to live, but a sleep of the machine takes the lock away from nobody.
 * @throws the signal's reason, if it fires before the lock is held; FairleadError `unavailable` after the wait limit, and as
 * {@link writeFailed} makes it where the folder takes no locks; and whatever `work` throws
 */
export async function withFileLock<Result>(
  options: FileLockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const { folder, key, processes, signal } = options;
  signal?.throwIfAborted();
  // The work's own failures and the signal's reason are theirs; what the folder refuses is ours to tell.
  const orTell = <Answer>(step: Promise<Answer>): Promise<Answer> =>
    step.catch((cause: unknown) => {
      throw writeFailed(folder, cause);
    });
  await orTell(mkdir(folder, { recursive: true, mode: 0o700 }));
  await sweepOnce(folder, processes);
  const path = join(folder, `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.lock`);
  await using attempt = await orTell(prepareLock(path, processes));
  await waitFor((pausedMs) => orTell(attempt.take(pausedMs)), { ...options, path });
  try {
    signal?.throwIfAborted();
    return await work();
  } finally {
    await orTell(attempt.release());
  }
}

interface Waiting extends FileLockOptions {
  readonly path: string;
}

async function waitFor(take: (pausedMs: number) => Promise<boolean>, options: Waiting): Promise<void> {
  const { signal, waitLimitMs = Number.POSITIVE_INFINITY } = options;
  const startedAtMs = performance.now();
  for (let pausedMs = 0; !(await take(pausedMs)); ) {
    signal?.throwIfAborted();
    if (performance.now() - startedAtMs > waitLimitMs) throw await heldTooLong(options, waitLimitMs);
    pausedMs = pollMs.least + Math.random() * (pollMs.most - pollMs.least);
    // Aborted, the pause ends early, and the loop tells why.
    await pause(pausedMs, undefined, signal === undefined ? {} : { signal }).catch(() =>
      signal?.throwIfAborted(),
    );
  }
}

/** Waiting processes that were killed leave files that nobody looks for later. */
async function sweepOnce(folder: string, processes: ProcessJudge): Promise<void> {
  if (sweptFolders.has(folder)) return;
  sweptFolders.add(folder);
  // A courtesy: whatever is wrong with the folder shows when the lock is taken.
  await sweepLocks(folder, processes).catch(() => {});
}

async function heldTooLong({ folder, path, processes }: Waiting, limitMs: number): Promise<FairleadError> {
  const seen = await lookAtLock(path);
  const note = seen?.note;
  const isElsewhere = note !== undefined && processes.judge(note.mark) === "unknown";
  const holder = note === undefined ? "Another process" : `Process ${note.pid} of ${note.host}`;
  // Whether it lives can only be guessed by its age.
  const leftS = Math.ceil(Math.max(0, unknownHolderMs - (seen?.ageMs ?? 0)) / 1_000);
  const advice = isElsewhere
    ? `It cannot be seen from here (another boot, machine or container); the lock is free in ${leftS} s at the latest. Try again then`
    : "Try again";
  return new FairleadError(
    "unavailable",
    `${holder} has been holding a lock in ${folder} for more than ${limitMs} ms. ${advice}`,
    { effect: "none", details: { path: folder, limitMs } },
  );
}
