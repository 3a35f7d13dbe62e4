import { hostname, userInfo } from "node:os";
import { createInterface } from "node:readline";
import { openBrowser } from "@fairlead/machine";
import type { LoginPlace, LoginUi } from "@fairlead/oauth";
import type { Terminal } from "../output/terminal.js";

/** How a login is shown. */
export interface LoginTerminalOptions {
  readonly terminal: Pick<Terminal, "tell">;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Whether a browser may be opened. */
  readonly opensBrowser: boolean;
  /** What somebody types. @default this program's, where it is a terminal */
  readonly input?: (NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined }) | undefined;
}

/** Makes the person's side of a login in a terminal: everything is told on stderr, pages are shown in a browser of here. */
export function createLoginUi(options: LoginTerminalOptions): LoginUi {
  const { terminal, env, opensBrowser, input = process.stdin } = options;
  return {
    showUrl: (url) => terminal.tell(`Open this page in a browser:\n\n  ${url}\n`),
    openBrowser: async (url) => opensBrowser && (await openBrowser(new URL(url), { env })),
    pasted: input.isTTY === true ? { [Symbol.asyncIterator]: () => linesOf(input) } : undefined,
    tell: (text) => terminal.tell(text),
  };
}

/** Tells where the person sits. Whether there is a browser shows when one is to be opened. */
export function loginPlaceOf(env: Readonly<NodeJS.ProcessEnv>): LoginPlace {
  const isSsh = env["SSH_CONNECTION"] !== undefined || env["SSH_TTY"] !== undefined;
  return isSsh ? { isSsh, sshTarget: `${userName()}@${addressOf(env)}` } : {};
}

/** Lines until nobody wants any more, which lets go of the input at once. */
function linesOf(input: NodeJS.ReadableStream): AsyncIterator<string, undefined> {
  // Without terminal handling of its own Ctrl-C stays a signal.
  const reader = createInterface({ input, terminal: false });
  const lines = reader[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { done, value } = await lines.next();
      return done === true ? { done, value: undefined } : { done: false, value };
    },
    return: async () => {
      reader.close();
      return { done: true, value: undefined };
    },
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // There are users without an entry, in containers for example.
    return "user";
  }
}

/** The address by which the person's machine reached this one: the third word, client address and port being before it. */
function addressOf(env: Readonly<NodeJS.ProcessEnv>): string {
  return (env["SSH_CONNECTION"] ?? "").split(" ")[2] ?? hostname();
}
