import { lstat, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { askSocket } from "./lock-guard.js";
import { lockWordsOf } from "./lock-owner.js";

/** Who only waits for a lock, perhaps on another machine where his guard cannot be heard, has it or gives up long before. */
const longestWaitMs = 60 * 60 * 1_000;

const guardName = /^\.[\w-]{16}$/;

/**
 * Removes the guards of starters that were killed while they waited for a lock of this folder: no lock names them, nobody
 * answers there, and they are older than an hour. That it fails is no reason not to start.
 */
export async function sweepGuards(folder: string): Promise<void> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  const guards = names.filter((name) => guardName.test(name));
  if (guards.length === 0) return;
  const lines = await Promise.all(
    names
      .filter((name) => name.endsWith(".lock"))
      .map((name) => readFile(join(folder, name), "utf8").catch(() => "")),
  );
  const held = new Set(lines.map((line) => `.${lockWordsOf(line).word}`));
  const left = guards.filter((name) => !held.has(name));
  await Promise.allSettled(left.map((name) => removeDead(join(folder, name))));
}

async function removeDead(path: string): Promise<void> {
  const found = await lstat(path);
  // A file of that name refuses as a dead socket does.
  if (!found.isSocket() || found.mtimeMs > Date.now() - longestWaitMs) return;
  if ((await askSocket(path)) === "dead") await rm(path, { force: true });
}
