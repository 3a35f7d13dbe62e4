import { readFile } from "node:fs/promises";
import { type ExecutorConfig, readExecutorToken } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import type { ConnectOptions } from "@fairlead/link";

/** What this machine shows an executor, and trusts it by. Never logged. */
export type ExecutorSecrets = Pick<ConnectOptions, "token" | "tls">;

/**
 * Reads the token of an executor, and the files for TLS.
 * @throws FairleadError `unauthenticated` `bad_token` or `usage` `config_invalid`, naming the variable or file
 */
export async function readExecutorSecrets(
  executor: ExecutorConfig,
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<ExecutorSecrets> {
  const { tls } = executor;
  return {
    token: await readExecutorToken(executor, { env }),
    tls:
      tls === undefined
        ? undefined
        : {
            ca: await readOptional(tls.ca),
            cert: await readOptional(tls.cert),
            key: await readOptional(tls.key),
            serverName: tls.serverName,
          },
  };
}

async function readOptional(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FairleadError("usage", `The TLS file ${path} cannot be read`, {
      cause,
      reason: "config_invalid",
      effect: "none",
      details: { path },
    });
  }
}
