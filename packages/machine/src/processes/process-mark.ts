import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { readBootId } from "./boot-id.js";
import { parseLinuxStat } from "./linux-stat.js";

/** What can be said of a marked process. Only `alive` and `dead` are proofs; `unknown`: it is elsewhere, or nobody can tell. */
export type MarkState = "alive" | "dead" | "unknown";

let ownSpace: string | undefined;

/**
 * Names where the number of a process means something: this boot of this machine, in this container. Eight hex digits, fit
 * for a file name; the same for every process that numbers others as we do.
 */
export function pidSpace(): string {
  if (ownSpace !== undefined) return ownSpace;
  const boot = readOr(readBootId, "");
  const namespace = readOr(() => readlinkSync("/proc/self/ns/pid"), "");
  // The name of a machine may change with its network, so it counts only where nothing better is told.
  const text = [boot === "" ? hostname() : boot, namespace].join("\n");
  const space = createHash("sha256").update(text).digest("hex").slice(0, 8);
  // What cannot be read only now, as without free file descriptors, is read again the next time.
  if (boot !== "" && (namespace !== "" || process.platform !== "linux")) ownSpace = space;
  return space;
}

/** Names this boot of this machine, in all its containers, in eight hex digits; undefined where the system does not tell. */
export function bootMark(): string | undefined {
  const boot = readOr(readBootId, "");
  return boot === "" ? undefined : createHash("sha256").update(boot).digest("hex").slice(0, 8);
}

/**
 * Names this process among all that may share its files, also with other machines and containers: its number, when it
 * began (0 where the system does not tell), and its {@link pidSpace}.
 */
export function processMark(): string {
  return markOf(process.pid, lookUp(process.pid).began, pidSpace());
}

/** Makes a mark of what it says. @param began in the system's ticks; undefined: nobody knows */
export function markOf(pid: number, began: number | undefined, space: string): string {
  return `${pid}-${began === undefined ? "0" : began.toString(36)}-${space}`;
}

/** The number in a mark; undefined for what is none. A bare number is a mark of nowhere. */
export function pidOfMark(mark: string): number | undefined {
  const [, pid] = /^(\d{1,10})(?:-[0-9a-z]{1,12}-[0-9a-f]{8})?$/.exec(mark) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** Tells whether the process of a mark lives. A bare number is taken for one of ours. */
export function judgeMark(mark: string): MarkState {
  const state = judgeMarkClosely(mark);
  return state === "likely" ? "alive" : state;
}

/** Marks, for those who wait for a process to be gone and want to know how sure that is. */
export const processMarks = { ownMark: processMark, judge: judgeMarkClosely };

/** `likely`: the number is in use, and the system does not tell cheaply since when. */
function judgeMarkClosely(mark: string): MarkState | "likely" {
  const pid = pidOfMark(mark);
  if (pid === undefined || pid === 0) return "unknown";
  const [, began = "0", space = pidSpace()] = mark.split("-");
  if (space !== pidSpace()) return "unknown";
  if (isGone(pid)) return "dead";
  const seen = lookUp(pid);
  if (seen.isOver) return "dead";
  if (began === "0" || seen.began === undefined) return "likely";
  return seen.began.toString(36) === began ? "alive" : "dead";
}

interface Seen {
  /** In ticks since the boot; undefined where the system does not tell it cheaply, or hides it. */
  readonly began: number | undefined;
  readonly isOver: boolean;
}

function lookUp(pid: number): Seen {
  const stat = parseLinuxStat(readOr(() => readFileSync(`/proc/${pid}/stat`, "utf8"), ""));
  return { began: stat?.startedAt, isOver: stat?.state === "dead" };
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "ESRCH";
  }
}

function readOr(read: () => string, otherwise: string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
