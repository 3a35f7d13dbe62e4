import { type RawClientExit, waitUntil } from "@fairlead/testkit";
import type { Scene } from "../../failures/support/scene.js";
import { authorizeInBrowser, type BrowserEnd, type BrowserOptions } from "../../oauth/support/browser.js";

/** How a login in a terminal went. */
export interface LoginRun {
  readonly exit: RawClientExit;
  /** What it said on stdout, line by line. */
  readonly lines: readonly string[];
  readonly stderr: string;
  readonly page: BrowserEnd;
}

/** Runs a command that logs in, and plays the person: takes the page that it prints to a browser. */
export async function logIn(
  scene: Scene,
  args: readonly string[],
  options: BrowserOptions & { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<LoginRun> {
  const program = await scene.start(args, { env: { BROWSER: "none", ...options.env } });
  const url = await printedUrl(() => program.stderr());
  const page = await authorizeInBrowser(url, options);
  const exit = await program.exited;
  return { exit, lines: program.lines.map(String), stderr: program.stderr(), page };
}

/** Waits for the page that a login prints. */
export async function printedUrl(stderr: () => string): Promise<string> {
  const page = /^ *(https?:\/\/\S+[?&]response_type=code\S*)$/m;
  await waitUntil(() => page.test(stderr()), {
    withinMs: 20_000,
    what: () => `the page to open; it said ${stderr()}`,
  });
  return page.exec(stderr())?.[1] ?? "";
}
