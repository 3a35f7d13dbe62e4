import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { describeProject, type ProjectDescription, type ProjectFile } from "@fairlead/config";
import { toFairleadError } from "@fairlead/core";
import type { FoundFile } from "./find-project-files.js";

/** A file of a project with what it holds, or why that cannot be told. */
export type ReadFile =
  | { readonly found: FoundFile; readonly file: ProjectFile; readonly description: ProjectDescription }
  | { readonly found: FoundFile; readonly problem: string };

/** Much more than people write; nobody should have to wait for a file that a stranger made. */
const maxBytes = 1024 * 1024;

/** Reads a file that may be anybody's: never waits for a pipe, never reads without end, never fails. */
export async function readProjectFile(found: FoundFile): Promise<ReadFile> {
  try {
    const text = await readText(found.file);
    if (text === undefined) return { found, problem: `is no file of at most ${maxBytes / 1024 / 1024} MiB` };
    const file = { ...found, text };
    return { found, file, description: describeProject(file) };
  } catch (thrown) {
    return { found, problem: problemOf(thrown, found.file) };
  }
}

async function readText(path: string): Promise<string | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
      length += bytesRead;
      if (bytesRead === 0)
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(buffer.subarray(0, length));
      if (length > maxBytes) return undefined;
    }
  } finally {
    await handle.close();
  }
}

function problemOf(thrown: unknown, file: string): string {
  if (thrown instanceof TypeError) return "is not UTF-8";
  const { code } = thrown as { readonly code?: unknown };
  if (thrown instanceof Error && "syscall" in thrown) return `cannot be read (${String(code)})`;
  return toFairleadError(thrown)
    .message.replace(file, "")
    .replace(/^[\s:]+/, "");
}
