import { join } from "node:path";
import { FairleadError } from "@fairlead/core";
import type { ListenerOptions } from "@fairlead/executor";
import { findHome } from "../runtime/home.js";
import { readTlsFiles, type TlsFlags } from "./tls-files.js";

/** Flags that say where an executor listens, and where it keeps what it needs. */
export interface ExecutorPlace extends TlsFlags {
  readonly listen?: string;
  readonly stateDir?: string;
  readonly tokenFile?: string;
  readonly tokenEnv?: string;
}

/** Windows has no unix sockets; the port is the one of every example. */
const windowsListen = "127.0.0.1:7040";

/**
 * Reads the flags, with what stands for those that are left out.
 * @throws FairleadError `usage` for a folder or file that cannot be used
 */
export async function resolvePlace(
  flags: ExecutorPlace,
  env: Readonly<NodeJS.ProcessEnv> = process.env,
): Promise<ListenerOptions> {
  const stateDir = await findHome(flags.stateDir === undefined ? env : { FAIRLEAD_HOME: flags.stateDir });
  return {
    listen: flags.listen ?? defaultListen(stateDir),
    stateDir,
    tokenFile: flags.tokenFile,
    token: readToken(flags, env),
    tls: await readTlsFiles(flags),
  };
}

function readToken(
  { tokenEnv, tokenFile }: ExecutorPlace,
  env: Readonly<NodeJS.ProcessEnv>,
): string | undefined {
  if (tokenEnv === undefined) return undefined;
  const token = env[tokenEnv] ?? "";
  if (token !== "" && tokenFile === undefined) return token;
  const what =
    tokenFile === undefined
      ? `The environment variable ${tokenEnv} of --token-env is not set or empty`
      : "--token-env and --token-file exclude each other";
  throw new FairleadError("usage", what, { reason: "argument_invalid", effect: "none" });
}

/** Where an executor listens that nobody told where. */
export function defaultListen(stateDir: string): string {
  return process.platform === "win32" ? windowsListen : `unix://${join(stateDir, "run", "executor.sock")}`;
}
