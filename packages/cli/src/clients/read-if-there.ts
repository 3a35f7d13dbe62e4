import { readFile } from "node:fs/promises";
import { FairleadError } from "@fairlead/core";

/**
 * Reads a text file of this machine; undefined if there is none.
 * @throws FairleadError `usage`, reason `config_invalid`, if it is there and cannot be read
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new FairleadError("usage", `${path} cannot be read (${code})`, {
      cause,
      reason: "config_invalid",
      effect: "none",
      details: { file: path },
    });
  }
}
