import { spawn } from "node:child_process";

/** A program of our own that outlives this process. */
export interface DetachedOptions {
  /** An absolute native path. */
  readonly program: string;
  readonly args: readonly string[];
  /** An absolute native path. */
  readonly cwd: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Where its stderr goes: an open file of the caller, who closes it. Its stdin and stdout lead nowhere. */
  readonly stderrFd: number;
}

/**
 * Starts one of our own programs in a session of its own. Nobody owns it: it must end by itself.
 * @returns its process id, once it runs
 * @throws Error of the system where it cannot be started
 */
export function startDetached(options: DetachedOptions): Promise<number> {
  const { program, args, cwd, env, stderrFd } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "ignore", stderrFd],
      windowsHide: true,
    });
    child.once("error", reject);
    child.once("spawn", () => {
      child.unref();
      resolve(child.pid ?? 0);
    });
  });
}
