import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { FairleadError } from "@fairlead/core";
import { createPrivateFile, lookAtPrivacy } from "@fairlead/machine";

/** Bytes of a generated token; it is written in base64url. */
const tokenBytes = 32;

/** The file of a home folder that holds the token of its gateway. */
export function gatewayTokenPath(home: string): string {
  return join(home, "gateway-token");
}

/**
 * Reads the token that agents show to the gateway; made at the first start, readable by its owner alone.
 * @throws FairleadError `usage`, reason `bad_token` or `insecure_transport`, if the file cannot be used as it is
 */
export async function readGatewayToken(home: string): Promise<string> {
  const path = gatewayTokenPath(home);
  const known = await readToken(path);
  if (known !== undefined) return known;
  await checkFolder(home);
  // Of two first starts at the same moment, both then read the one token.
  const token = randomBytes(tokenBytes).toString("base64url");
  await createPrivateFile(path, `${token}\n`).catch((cause: unknown) => {
    throw unusable(path, `cannot be made (${String(codeOf(cause))})`, "bad_token");
  });
  const made = await readToken(path);
  if (made === undefined) throw unusable(path, "vanished while it was read; start again", "bad_token");
  return made;
}

/**
 * Takes the token from an environment variable instead.
 * @throws FairleadError `usage`, reason `bad_token`, if it is not set or cannot be a token; never quotes it
 */
export function tokenFromEnv(name: string, env: Readonly<NodeJS.ProcessEnv>): string {
  const token = env[name] ?? "";
  if (token !== "" && isToken(token)) return token;
  const what =
    token === "" ? "is not set or empty" : "is not a token: no spaces, line breaks or other such characters";
  throw new FairleadError("usage", `The environment variable ${name} of --http-token-env ${what}.`, {
    reason: "bad_token",
    effect: "none",
    details: { variable: name },
  });
}

async function readToken(path: string): Promise<string | undefined> {
  let text: string;
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw unusable(path, "is no file; remove it for a new one", "bad_token");
    const privacy = await lookAtPrivacy(path);
    if (privacy.kind === "open") {
      const what = `can be read by others (${privacy.how}); run ${privacy.remedy}, or remove it for a new one`;
      throw unusable(path, what, "insecure_transport");
    }
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    if (cause instanceof FairleadError) throw cause;
    throw unusable(path, `cannot be read (${String(codeOf(cause))})`, "bad_token");
  }
  const token = text.trim();
  if (!isToken(token)) throw unusable(path, "holds no token; remove it for a new one", "bad_token");
  return token;
}

/** Windows has no modes: there a file is as open as its folder, from the moment that it is made. */
async function checkFolder(home: string): Promise<void> {
  if (process.platform !== "win32") return;
  const privacy = await lookAtPrivacy(home);
  if (privacy.kind !== "open") return;
  const what = `would be open to ${privacy.how}, as its folder is; run ${privacy.remedy}`;
  throw unusable(gatewayTokenPath(home), what, "insecure_transport");
}

/** The characters that a header carries unchanged. */
function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,4096}$/.test(text);
}

function unusable(path: string, what: string, reason: "bad_token" | "insecure_transport"): FairleadError {
  return new FairleadError("usage", `The gateway's token file ${path} ${what}.`, {
    reason,
    effect: "none",
    details: { path },
  });
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
}
