import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { listLogFiles, logFolder } from "../../log/log-files.js";
import type { TarEntry } from "./tar.js";

/** The end of a log tells most, and an archive has to fit into a mail. */
const logTailBytes = 256 * 1024;
const maxLogs = 20;
const maxNameLength = 70;

/** The ends of the latest logs in a home, also of those that were put aside. One that cannot be read says so in its place. */
export async function readLogEnds(home: string): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [];
  for (const [index, path] of (await findLogs(home)).entries()) {
    const short = basename(path).slice(-maxNameLength);
    const isTaken = entries.some(({ name }) => name === `logs/${short}`);
    const content = await readTail(path).catch(
      (error: unknown) =>
        `This log could not be read: ${error instanceof Error ? error.message : "no reason"}\n`,
    );
    entries.push({ name: `logs/${isTaken ? `${index}-` : ""}${short}`, content });
  }
  return entries;
}

/** The latest ones first. */
async function findLogs(home: string): Promise<readonly string[]> {
  const state = join(home, "state");
  const names = await readdir(state).catch(() => []);
  const ofState = await Promise.all(
    names
      .filter((name) => /\.(?:log|jsonl)(?:\.\d+)?$/.test(name))
      .map(async (name) => {
        const path = join(state, name);
        return { path, stats: await stat(path).catch(() => undefined) };
      }),
  );
  return [...ofState, ...(await listLogFiles(logFolder(home)))]
    .filter(({ stats }) => stats?.isFile() === true)
    .toSorted((one, other) => (other.stats?.mtimeMs ?? 0) - (one.stats?.mtimeMs ?? 0))
    .slice(0, maxLogs)
    .map(({ path }) => path);
}

async function readTail(path: string): Promise<string> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - logTailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.subarray(0, bytesRead).toString("utf8");
    // What begins in the middle of a line may begin in the middle of a secret, too.
    return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
  } finally {
    await handle.close();
  }
}
