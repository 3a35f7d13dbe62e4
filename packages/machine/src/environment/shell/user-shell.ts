import { userInfo } from "node:os";
import type { EnvironmentValues } from "../build-environment.js";

/** The shell of this process's user: what SHELL says, else what the account says, else `/bin/sh`. */
export function userShell(env: EnvironmentValues): string {
  const named = env["SHELL"];
  if (named !== undefined && named !== "") return named;
  return accountShell() ?? "/bin/sh";
}

/** A container often runs as a user id that has no account. */
function accountShell(): string | undefined {
  try {
    return userInfo().shell ?? undefined;
  } catch {
    return undefined;
  }
}
