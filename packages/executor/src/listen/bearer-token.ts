import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FairleadError, shellLine } from "@fairlead/core";

/** A bearer token and the file that holds it. */
export interface StoredToken {
  readonly token: string;
  readonly path: string;
}

/**
 * Reads the executor's bearer token, or makes one at the first start, readable by its owner alone.
 * @throws FairleadError `usage` if the file is empty or open to others
 */
export async function loadOrCreateToken(stateDir: string): Promise<StoredToken> {
  const path = join(stateDir, "executor.token");
  try {
    await writeFile(path, `${randomBytes(32).toString("base64url")}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const { mode } = await stat(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    const remedy = shellLine(["chmod", "600", path]);
    throw new FairleadError("usage", `Other users may read the token in ${path}. Run: ${remedy}`, {
      reason: "insecure_transport",
      effect: "none",
      details: { path },
    });
  }
  const token = (await readFile(path, "utf8")).trim();
  if (!/^\S{16,}$/.test(token)) {
    throw new FairleadError(
      "usage",
      `${path} holds no usable token. Delete it, and the next start makes one.`,
      {
        reason: "bad_token",
        effect: "none",
        details: { path },
      },
    );
  }
  return { token, path };
}

/** Compares a token that a peer sent with ours, in constant time. */
export function tokenMatches(given: string | undefined, expected: string): boolean {
  if (given === undefined) return false;
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
