import { FairleadError } from "@fairlead/core";
import { readBoundedText } from "../project/read-bounded-text.js";

/** Claude Code keeps its history in the file of its servers, too; nobody's is nearly as large. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Reads a text file of this machine, which may be anybody's: never waits for a pipe, never reads without end. Undefined if
 * there is none.
 * @throws FairleadError `usage`, reason `config_invalid`, if it is there and cannot be read, or is not UTF-8
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  let text: string | undefined;
  try {
    text = await readBoundedText(path, maxBytes);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const isNoText = cause instanceof TypeError;
    throw unreadable(
      path,
      isNoText ? "is not UTF-8; save it in that encoding" : `cannot be read (${code})`,
      cause,
    );
  }
  if (text === undefined) throw unreadable(path, `is no file of at most ${maxBytes / 1024 / 1024} MiB`);
  return text;
}

function unreadable(path: string, what: string, cause?: unknown): FairleadError {
  return new FairleadError("usage", `${path} ${what}`, {
    cause,
    reason: "config_invalid",
    effect: "none",
    details: { file: path },
  });
}
