import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
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

/**
 * Writes down that an executor runs, in the `run` folder of its state, and removes what dead ones left there. That it fails
 * is no reason not to run.
 * @returns removes it
 */
export async function noteExecutor(
  { stateDir, listen }: Pick<ListenerOptions, "stateDir" | "listen">,
  { address, tokenPath }: Pick<Executor, "address" | "tokenPath">,
): Promise<() => Promise<void>> {
  const folder = join(stateDir, "run");
  const file = join(folder, `${processMark()}${ending}`);
  const startedAtMs = Math.round(Date.now() - process.uptime() * 1_000);
  const token = tokenPath === undefined ? {} : { tokenFile: tokenPath };
  const note: ExecutorNote = { pid: process.pid, startedAtMs, listen, address, ...token };
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => {});
  await sweep(folder);
  await writeFile(`${file}.new`, `${JSON.stringify(note)}\n`, { mode: 0o600 })
    .then(() => rename(`${file}.new`, file))
    .catch(() => {});
  return () => rm(file, { force: true }).catch(() => {});
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
  const dead = (await listNotes(folder)).filter(({ mark }) => judgeMark(mark) === "dead");
  await Promise.allSettled(dead.map(({ name }) => rm(join(folder, name), { force: true })));
}
