import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { pidSpace } from "@fairlead/machine/process-mark";

/**
 * What can be said of the owner of a lock. Only `alive` and `dead` are proofs; `likely`: its id is a living process's, or it
 * is of another container, boot or machine.
 */
export type LockOwnerState = "alive" | "likely" | "dead";

/** Our own lines: our process id says nothing, because in every container the first process has the same. */
const ownLines = new Set<string>();

/** What a lock's line says beside the process. */
export interface LockWords {
  /** No other lock has it. */
  readonly word: string;
  /** The socket that proves that the owner lives; undefined where it has none. */
  readonly guard: string | undefined;
}

/** Makes the word of a new lock. */
export function createLockWord(): string {
  return randomBytes(12).toString("base64url");
}

/**
 * Makes the line for a lock of this process: its id, when it began (`-` where the system does not tell), its word, where the
 * id means something, and its guard.
 */
export function createLockLine({ word, guard }: LockWords): string {
  const { began = "-" } = lookUp(process.pid);
  const line = `${[process.pid, began, word, pidSpace(), guard].filter((part) => part !== undefined).join(" ")}\n`;
  ownLines.add(line);
  return line;
}

/** Reads the words of a line. */
export function lockWordsOf(line: string): LockWords {
  const [, , word = "", , guard] = line.trim().split(" ");
  return { word, guard };
}

/** Says that the lock of a line is not held any more. */
export function forgetLockLine(line: string): void {
  ownLines.delete(line);
}

/** Tells whether the process that wrote a line lives. */
export function judgeLockLine(line: string): LockOwnerState {
  const [pidText = "", began = "-", , space = pidSpace()] = line.trim().split(" ");
  const pid = Number(pidText);
  if (pid > 0 && space !== pidSpace()) return "likely";
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return "dead";
  if (pid === process.pid) return ownLines.has(line) ? "alive" : "dead";
  const seen = lookUp(pid);
  if (seen.isZombie) return "dead";
  if (began === "-" || seen.began === undefined) return "likely";
  return seen.began === began ? "alive" : "dead";
}

/** When a process began, in clock ticks since the boot; nothing where the system does not tell it cheaply. */
function lookUp(pid: number): { readonly began?: string | undefined; readonly isZombie: boolean } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Fields 3 and 22 of proc_pid_stat(5), counted behind the name, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { began: fields[19], isZombie: /^[ZXx]$/.test(fields[0] ?? "") };
  } catch {
    return { isZombie: false };
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
