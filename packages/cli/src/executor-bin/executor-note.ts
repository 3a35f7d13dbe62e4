import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { retryInUse } from "@fairlead/core";
import type { Executor, ListenerOptions } from "@fairlead/executor";
import { judgeMark, pidOfMark, processMark } from "@fairlead/machine/process-mark";

/** What a running executor says of itself, for `status`. Holds no secret. */
export interface ExecutorNote {
  readonly pid: number;
  readonly startedAtMs: number;
  /** What it was told to listen on. */
  readonly listen: string;
  /** Where clients connect. */
  readonly address: string;
  readonly tokenFile?: string;
}

/** The ending of the name of a note, behind the mark of its process. */
const ending = ".executor";

/** How often a running executor shows that it lives, to machines and containers that cannot see its process. */
const renewEveryMs = 24 * 60 * 60 * 1_000;

/** A note of elsewhere without a sign of life for so long is a dead one's: longer than anybody's machine sleeps. */
const foreignLifeMs = 30 * 24 * 60 * 60 * 1_000;

/**
 * Writes down that an executor runs, in the `run` folder of its state, and removes what dead ones left there. That it fails
 * is no reason not to run.
 * @param everyMs how often it is written anew. @default once a day
 * @returns removes it
 */
export async function noteExecutor(
  { stateDir, listen }: Pick<ListenerOptions, "stateDir" | "listen">,
  { address, tokenPath }: Pick<Executor, "address" | "tokenPath">,
  everyMs: number = renewEveryMs,
): Promise<() => Promise<void>> {
  const folder = join(stateDir, "run");
  const file = join(folder, `${processMark()}${ending}`);
  const startedAtMs = Math.round(Date.now() - process.uptime() * 1_000);
  const token = tokenPath === undefined ? {} : { tokenFile: tokenPath };
  const note: ExecutorNote = { pid: process.pid, startedAtMs, listen, address, ...token };
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => {});
  await sweep(folder);
  const writeOnce = (): Promise<void> =>
    writeFile(`${file}.new`, `${JSON.stringify(note)}\n`, { mode: 0o600 })
      .then(() => retryInUse(() => rename(`${file}.new`, file), process.platform))
      .catch(() => {});
  let writing = Promise.resolve();
  // One after the other: they share a file, and the last must have ended before the note is removed.
  const write = (): Promise<void> => (writing = writing.then(writeOnce));
  await write();
  const renewing = setInterval(() => void write(), everyMs);
  renewing.unref();
  return async () => {
    clearInterval(renewing);
    await writing;
    await rm(file, { force: true }).catch(() => {});
  };
}

/** A note by its name. */
export interface NoteFile {
  readonly name: string;
  /** The mark of the process that wrote it. */
  readonly mark: string;
}

/** The notes in a folder, of executors dead or alive. */
export async function listNotes(folder: string): Promise<readonly NoteFile[]> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  return names.flatMap((name) => {
    const mark = name.endsWith(ending) ? name.slice(0, -ending.length) : "";
    return pidOfMark(mark) === undefined ? [] : [{ name, mark }];
  });
}

async function sweep(folder: string): Promise<void> {
  const notes = await listNotes(folder);
  await Promise.allSettled(
    notes.map(async ({ name, mark }) => {
      const path = join(folder, name);
      if (await isOfDead(path, mark)) await rm(path, { force: true });
    }),
  );
}

async function isOfDead(path: string, mark: string): Promise<boolean> {
  const state = judgeMark(mark);
  if (state !== "unknown") return state === "dead";
  return (await stat(path)).mtimeMs < Date.now() - foreignLifeMs;
}
