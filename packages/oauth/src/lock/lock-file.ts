import { open } from "node:fs/promises";
import { retryInUse } from "@fairlead/core";
import type { ProcessJudge } from "./process-judge.js";

/** What a lock file says: who holds it, and under which name nobody held it before. */
export interface LockNote {
  /** Names the process; empty in a note of a former version, which nobody judges any more. */
  readonly mark: string;
  /** For people. */
  readonly pid: number;
  /** For people. */
  readonly host: string;
  /** 32 hex digits, made anew for every attempt to hold a lock. */
  readonly token: string;
}

/** A lock file as it was at one moment. */
export interface SeenLock {
  /** The same only as long as nobody else came to hold it; fit for a file name. */
  readonly identity: string;
  /** Undefined: what it says cannot be read. */
  readonly note: LockNote | undefined;
  /** Milliseconds since its holder came to hold it. */
  readonly ageMs: number;
}

/**
 * Milliseconds after which a holder that nobody can judge loses the lock, for example one in another container or before a
 * crash of the machine. Work under one takes a minute.
 */
export const unknownHolderMs = 300_000;

/**
 * Milliseconds for which one that only seems to live is watched besides: it may have slept so long with the whole machine.
 * Awake it gives up soon, because its own time limit is over.
 */
export const likelyWatchedMs = 10_000;

/** A note is whole before it gets its name, so one that is not was cut by a crash of the machine. */
const unreadableNoteMs = 2_000;

/** A note is far shorter; more is not read. */
const maxNoteBytes = 4_096;

/** Writes down who holds a lock. */
export function formatLockNote(note: LockNote): string {
  // Former versions take a note without these for a broken one; this way it is of a boot that they cannot judge.
  const forFormer = { startedAt: "", bootId: note.mark, pidNamespace: "" };
  return `${JSON.stringify({ ...forFormer, ...note })}\n`;
}

/** Reads what {@link formatLockNote} wrote, now or in a former version; undefined for anything else. */
export function parseLockNote(text: string): LockNote | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { token, mark = "", pid, host } = value as Record<string, unknown>;
  if (typeof token !== "string" || !/^[0-9a-f]{32}$/.test(token)) return undefined;
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (typeof mark !== "string" || typeof host !== "string") return undefined;
  return { token, mark, pid, host };
}

/** Looks at a lock file; undefined if there is none. */
export async function lookAtLock(path: string): Promise<SeenLock | undefined> {
  // On Windows a lock that was given back cannot be opened until all who are looking at it are done.
  const handle = await retryInUse(() => open(path, "r"), process.platform).catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  });
  if (handle === undefined) return undefined;
  try {
    const { ino, ctimeMs, mtimeMs } = await handle.stat();
    const buffer = Buffer.alloc(maxNoteBytes);
    const { bytesRead } = await handle.read(buffer, 0, maxNoteBytes, 0);
    const note = parseLockNote(buffer.toString("utf8", 0, bytesRead));
    // Its name was given later than its text: who waited for long did not hold it for long.
    const ageMs = Math.abs(Date.now() - Math.max(ctimeMs, mtimeMs));
    return { identity: note?.token ?? `${ino}-${Math.trunc(mtimeMs)}`, note, ageMs };
  } finally {
    await handle.close();
  }
}

/**
 * Tells whether nobody can be working under a lock any more.
 * @param watchedMs milliseconds for which this holder was watched while the machine was awake
 */
export function isAbandoned({ note, ageMs }: SeenLock, { judge }: ProcessJudge, watchedMs = 0): boolean {
  if (note === undefined) return ageMs > unreadableNoteMs;
  switch (judge(note.mark)) {
    case "alive":
      return false;
    case "dead":
      return true;
    case "likely":
      return ageMs > unknownHolderMs && watchedMs > likelyWatchedMs;
    case "unknown":
      return ageMs > unknownHolderMs;
    default:
      return false;
  }
}
