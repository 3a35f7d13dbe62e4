import { FairleadError, withRestartNote } from "@fairlead/core";
import type { ExecutorConfig, TokenSource } from "../config.js";
import type { Environment } from "../load/expand-variables.js";
import { type ReadFile, readText } from "../load/read-text.js";

/** What a token is read with. */
export interface ReadTokenOptions {
  /** Environment of this machine, as `process.env` has it. */
  readonly env: Environment;
  /** @default reads from disk */
  readonly readFile?: ReadFile | undefined;
}

/**
 * Reads the bearer token that opens an executor, without any `Bearer ` before it; undefined if none is configured.
 * The value is never part of an error.
 * @throws FairleadError `unauthenticated`, reason `bad_token`, naming the variable or file, if it is missing, blank or
 * cannot stand in a header
 */
export async function readExecutorToken(
  executor: Pick<ExecutorConfig, "name" | "token">,
  options: ReadTokenOptions,
): Promise<string | undefined> {
  const { name, token } = executor;
  if (token === undefined) return undefined;
  const value = await readValue(token, options, name);
  if (value === undefined) throw tokenError(name, token, isEnv(token) ? "is not set" : "does not exist");
  // Editors and `echo` end a file with a line break; anything else that is not part of a token is a mistake.
  const trimmed = isEnv(token) ? value : value.replace(/\r?\n$/, "");
  const bare = trimmed.replace(/^bearer +/i, "");
  if (/^(?:bearer)?\s*$/i.test(trimmed)) throw tokenError(name, token, "is blank");
  if (/[\r\n]/.test(bare)) throw tokenError(name, token, "contains a line break");
  if (!/^[\x21-\x7e]+$/.test(bare))
    throw tokenError(name, token, "contains a character that no header can carry");
  return bare;
}

async function readValue(
  token: TokenSource,
  { env, readFile }: ReadTokenOptions,
  executor: string,
): Promise<string | undefined> {
  if (isEnv(token)) return Object.hasOwn(env, token.name) ? env[token.name] : undefined;
  try {
    return await readText(token.path, readFile);
  } catch (cause) {
    throw tokenError(executor, token, "cannot be read", cause);
  }
}

function isEnv(token: TokenSource): token is Extract<TokenSource, { kind: "env" }> {
  return token.kind === "env";
}

function tokenError(executor: string, token: TokenSource, what: string, cause?: unknown): FairleadError {
  const place = isEnv(token) ? `the environment variable ${token.name}` : `the file ${token.path}`;
  const key = isEnv(token) ? "token_env" : "token_file";
  const asked = "Put the executor's token there";
  const message = `No token for executor "${executor}": ${place} (${key}) ${what}. ${isEnv(token) ? withRestartNote(asked) : `${asked}.`}`;
  return new FairleadError("unauthenticated", message, {
    cause,
    reason: "bad_token",
    effect: "none",
    details: { executor, ...(isEnv(token) ? { variable: token.name } : { file: token.path }) },
  });
}
