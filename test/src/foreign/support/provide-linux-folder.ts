import { mkdir, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { ProvidedFolder } from "./column.js";

/**
 * Makes a folder of this machine where it is missing; disposing it removes the folders that were made, if nobody put anything in
 * them. Whoever may not make it is told so, but root in a CI may.
 */
export async function provideLinuxFolder(path: string): Promise<ProvidedFolder> {
  try {
    const first = await mkdir(path, { recursive: true });
    return { spelled: path, seen: path, [Symbol.asyncDispose]: () => removeUpTo(path, first) };
  } catch (cause) {
    const missing = `${path} is not there, and cannot be made: ${String(cause)}`;
    if (process.env["CI"] === "true" && process.getuid?.() === 0) throw new Error(missing, { cause });
    return { missing };
  }
}

/** @param first the uppermost of the folders that were made; undefined if none was */
async function removeUpTo(path: string, first: string | undefined): Promise<void> {
  if (first === undefined) return;
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) await rmdir(folder);
}
