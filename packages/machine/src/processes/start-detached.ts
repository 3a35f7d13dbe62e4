import { spawn } from "node:child_process";
import type { EnvironmentValues } from "../environment/build-environment.js";
import { ownEnvironment } from "../environment/own-environment.js";
import { withUsersUmask } from "../hardening/users-umask.js";
import { throughShellIfRaw } from "../programs/raw-start.js";
import { startPatiently } from "./start-patiently.js";

/** A program of our own that outlives this process. */
export interface DetachedOptions {
  /** An absolute native path. */
  readonly program: string;
  readonly args: readonly string[];
  /** An absolute native path. */
  readonly cwd: string;
  /** What of it the system's loader goes by is left out. */
  readonly env: EnvironmentValues;
  /** Where its stderr goes: an open file of the caller, who closes it. Its stdin and stdout lead nowhere. */
  readonly stderrFd: number;
}

/**
 * Starts one of our own programs in a session of its own. Nobody owns it: it must end by itself.
 * @returns its process id, once it runs
 * @throws Error of the system where it cannot be started
 */
export function startDetached(options: DetachedOptions): Promise<number> {
  const { cwd, stderrFd } = options;
  const { program, args, env } = throughShellIfRaw({ ...options, env: ownEnvironment(options.env) });
  const attempt = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const child = withUsersUmask(() =>
        spawn(program, [...args], {
          cwd,
          env,
          detached: true,
          stdio: ["ignore", "ignore", stderrFd],
          windowsHide: true,
        }),
      );
      child.once("error", reject);
      child.once("spawn", () => {
        child.unref();
        resolve(child.pid ?? 0);
      });
    });
  return startPatiently(attempt);
}
