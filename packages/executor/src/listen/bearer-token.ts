import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FairleadError } from "@fairlead/core";
import { createPrivateFile, lookAtPrivacy } from "@fairlead/machine";

/** A bearer token and the file that holds it. */
export interface StoredToken {
  readonly token: string;
  readonly path: string;
  /** Why nobody knows whether others can read it; undefined where they cannot. */
  readonly doubt: string | undefined;
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
  // Beside one that is there, nothing may be writable.
  if (!(await isThere(path))) {
    await checkFolder(path);
    await createPrivateFile(path, `${randomBytes(32).toString("base64url")}\n`).catch((cause: unknown) => {
      throw unusable(path, cause);
    });
  }
  return readToken(path);
}

/**
 * Checks a token as {@link loadOrCreateToken} does, without making one that is not there.
 * @throws FairleadError `usage`
 */
export async function checkToken(path: string): Promise<void> {
  if (await isThere(path)) return void (await readToken(path));
  await stat(dirname(path)).catch((cause: unknown) => {
    throw unusable(path, cause);
  });
  await checkFolder(path);
}

/** Checks a token that is in no file. @throws FairleadError `usage`, which does not quote it */
export function checkTokenText(token: string): void {
  if (isToken(token)) return;
  throw new FairleadError(
    "usage",
    "The token given is no usable one: at least 16 characters, and no spaces",
    {
      reason: "bad_token",
      effect: "none",
    },
  );
}

function isToken(text: string): boolean {
  return /^[\x21-\x7e]{16,}$/.test(text);
}

async function readToken(path: string): Promise<StoredToken> {
  const privacy = await lookAtPrivacy(path);
  if (privacy.kind === "open") {
    const what = `Other users may read the token in ${path} (${privacy.how})`;
    throw insecure(`${what}. Run: ${privacy.remedy}`, path);
  }
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw unusable(path, cause);
  });
  const token = text.trim();
  if (!isToken(token)) {
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
  return { token, path, doubt: privacy.kind === "unknown" ? privacy.why : undefined };
}

/** Compares a token that a peer sent with ours, in constant time. */
export function tokenMatches(given: string | undefined, expected: string): boolean {
  if (given === undefined) return false;
  return timingSafeEqual(digest(given), digest(expected));
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Windows has no modes: there a file is as open as its folder, from the moment that it is made. */
async function checkFolder(path: string): Promise<void> {
  if (process.platform !== "win32") return;
  const folder = dirname(path);
  const privacy = await lookAtPrivacy(folder);
  if (privacy.kind !== "open") return;
  const what = `The folder ${folder} is open to ${privacy.how}, and so would be a token in it`;
  throw insecure(`${what}. Run: ${privacy.remedy}`, folder);
}

function insecure(message: string, path: string): FairleadError {
  return new FairleadError("usage", message, {
    reason: "insecure_transport",
    effect: "none",
    details: { path },
  });
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

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
