import { spawn } from "node:child_process";
import { ownEnvironment } from "../environment/own-environment.js";
import { browserCommands } from "./browser-commands.js";

/** What a browser is looked for with. */
export interface OpenBrowserOptions {
  /** The environment of this machine: `BROWSER`, and whether there is a display. The browser gets it as its own. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** @default that of this process */
  readonly platform?: NodeJS.Platform | undefined;
  /** Milliseconds in which a program may say that it has failed. @default 1,500: some stay as long as the browser does */
  readonly patienceMs?: number | undefined;
}

/**
 * Shows a page in the browser of whoever sits at this machine. The browser is nobody's: it outlives this process.
 * @param url http or https
 * @returns false where there is none, none could be started, or those that were tried said that they failed
 */
export async function openBrowser(url: URL, options: OpenBrowserOptions): Promise<boolean> {
  const { env, platform = process.platform, patienceMs = 1_500 } = options;
  if (url.protocol !== "https:" && url.protocol !== "http:") return false;
  for (const argv of browserCommands(url.href, { env, platform })) {
    if (await runs(argv, env, patienceMs)) return true;
  }
  return false;
}

function runs(
  [program = "", ...args]: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
  patienceMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const own = ownEnvironment(env);
    const child = spawn(program, args, { env: own, detached: true, stdio: "ignore", windowsHide: true });
    const timer = setTimeout(() => end(true), patienceMs);
    const end = (isShown: boolean): void => {
      clearTimeout(timer);
      resolve(isShown);
    };
    child.once("error", () => end(false)).once("exit", (code) => end(code === 0));
    child.unref();
  });
}
