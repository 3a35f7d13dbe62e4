import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RawClient, spawnRawClient, waitUntil } from "@fairlead/testkit";

/** The absolute path of a program of this suite. */
export function credentialScript(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** Starts a program of this suite. Whoever started it owns it: disposing kills it. */
export function startScript(name: string, ...args: readonly string[]): Promise<RawClient> {
  return spawnRawClient([process.execPath, credentialScript(name), ...args]);
}

/** The lines that a program has printed so far. */
export function linesOf(program: RawClient): readonly string[] {
  return program.lines.map((line) => line.toString("utf8"));
}

/** Waits until a program has printed a line. */
export async function waitForLine(program: RawClient, line: string): Promise<void> {
  await waitUntil(() => linesOf(program).includes(line), {
    withinMs: 20_000,
    what: () => `The line ${line} (stderr: ${program.stderr()})`,
  });
}

/**
 * What is in a folder of locks that blocks or names anybody. A process that is killed between making a file and writing it
 * leaves an empty one under a name of its own, which is swept a minute later.
 */
export async function locksLeftIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return names.filter((name, index) => !(name.endsWith(".tmp") && sizes[index] === 0));
}
