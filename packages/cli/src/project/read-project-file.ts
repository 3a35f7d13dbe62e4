import { describeProject, type ProjectDescription, type ProjectFile } from "@fairlead/config";
import { toFairleadError } from "@fairlead/core";
import type { FoundFile } from "./find-project-files.js";
import { readBoundedText } from "./read-bounded-text.js";

/** A file of a project with what it holds, or why that cannot be told. */
export type ReadFile =
  | { readonly found: FoundFile; readonly file: ProjectFile; readonly description: ProjectDescription }
  | { readonly found: FoundFile; readonly problem: string };

/** Much more than people write; nobody should have to wait for a file that a stranger made. */
const maxBytes = 1024 * 1024;

/** Reads a file that may be anybody's: never waits for a pipe, never reads without end, never fails. */
export async function readProjectFile(found: FoundFile): Promise<ReadFile> {
  try {
    const text = await readBoundedText(found.file, maxBytes);
    if (text === undefined) return { found, problem: `is no file of at most ${maxBytes / 1024 / 1024} MiB` };
    const file = { ...found, text };
    return { found, file, description: describeProject(file) };
  } catch (thrown) {
    return { found, problem: problemOf(thrown, found.file) };
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
