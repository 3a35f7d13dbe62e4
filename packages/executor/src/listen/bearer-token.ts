import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FairleadError, shellLine } from "@fairlead/core";

/** A bearer token and the file that holds it. */
export interface StoredToken {
  readonly token: string;
  readonly path: string;
}

/** The file of the token where nobody named another one. */
export function defaultTokenPath(stateDir: string): string {
  return join(stateDir, "executor.token");
}

/**
 * Reads the executor's bearer token, or makes one at the first start, readable by its owner alone.
 * @throws FairleadError `usage` if the file is empty or open to others, or cannot be made
 */
export async function loadOrCreateToken(path: string): Promise<StoredToken> {
  try {
    await writeFile(path, `${randomBytes(32).toString("base64url")}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw unusable(path, error);
  }
  return readToken(path);
}

/**
 * Checks a token as {@link loadOrCreateToken} does, without making one that is not there.
 * @throws FairleadError `usage`
 */
export async function checkToken(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) await readToken(path);
}

async function readToken(path: string): Promise<StoredToken> {
  const { mode } = await stat(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    const remedy = shellLine(["chmod", "600", path]);
    throw new FairleadError("usage", `Other users may read the token in ${path}. Run: ${remedy}`, {
      reason: "insecure_transport",
      effect: "none",
      details: { path },
    });
  }
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw unusable(path, cause);
  });
  const token = text.trim();
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

function unusable(path: string, cause: unknown): FairleadError {
  const what = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new FairleadError("usage", `The token file ${path} can be neither read nor made (${what})`, {
    cause,
    reason: "bad_token",
    effect: "none",
    details: { path },
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
