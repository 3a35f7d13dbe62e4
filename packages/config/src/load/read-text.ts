import { readFile } from "node:fs/promises";
import { type ErrorDetails, FairleadError } from "@fairlead/core";

/** Reads a file as bytes; undefined if there is none. `node:fs/promises` underneath unless a caller brings its own. */
export type ReadFile = (path: string) => Promise<Uint8Array | string | undefined>;

/**
 * Reads a whole text file; undefined if there is none.
 * @throws FairleadError `usage`, reason `config_invalid`, if it cannot be read or is not UTF-8
 */
export async function readText(path: string, read: ReadFile = readFromDisk): Promise<string | undefined> {
  let content: Uint8Array | string | undefined;
  try {
    content = await read(path);
  } catch (cause) {
    throw unreadable(path, `cannot be read (${systemCode(cause)})`, cause);
  }
  if (content === undefined || typeof content === "string") return content;
  try {
    // Guessing at broken bytes would write the guess back at the next edit.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw unreadable(path, "is not UTF-8; save it in that encoding", cause);
  }
}

/** The short code of a system error, for example `EACCES`. */
export function systemCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string"
    ? thrown.code
    : "unknown error";
}

async function readFromDisk(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw cause;
  }
}

function unreadable(path: string, what: string, cause: unknown): FairleadError {
  const details: ErrorDetails = { file: path };
  return new FairleadError("usage", `${path} ${what}`, {
    cause,
    reason: "config_invalid",
    effect: "none",
    details,
  });
}
