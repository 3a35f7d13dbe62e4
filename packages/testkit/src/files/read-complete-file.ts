import { readFile } from "node:fs/promises";
import { hasErrorCode } from "../error-code.js";
import { waitUntil } from "../wait-until.js";

/**
 * Waits for a small file that another process writes, for example a pid file, and gives its text without the final newline.
 * The file is ready when it ends with a newline, not when it exists.
 * @throws FairleadError `deadline_exceeded`
 */
export async function readCompleteFile(
  path: string,
  options: { readonly withinMs: number },
): Promise<string> {
  const found = await waitUntil(() => readIfComplete(path), {
    withinMs: options.withinMs,
    what: `a complete file ${path}`,
  });
  return found.text;
}

async function readIfComplete(path: string): Promise<{ text: string } | undefined> {
  try {
    const text = await readFile(path, "utf8");
    return text.endsWith("\n") ? { text: text.slice(0, -1) } : undefined;
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
