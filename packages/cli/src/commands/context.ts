import { FairleadError } from "@fairlead/core";
import { createHttpClient } from "@fairlead/machine";
import { type Credentials, createCredentials } from "../auth/credentials.js";
import { createTokenSources } from "../auth/token-sources.js";
import type { Terminal } from "../output/terminal.js";
import { createEraStore } from "../runtime/era-memory.js";
import { createExecutorPool } from "../runtime/executor-pool.js";
import type { ServerAccess } from "../runtime/server-definitions.js";
import type { CommonFlags } from "./flags.js";
import { describeInvalid, loadSettings, type Settings, type SettingsOptions } from "./settings.js";

/** What a command works with. Disposing it ends everything that the command started. */
export interface CommandContext extends Settings, ServerAccess, AsyncDisposable {
  /** Aborted by Ctrl-C and SIGTERM; a second one ends the program at once. */
  readonly signal: AbortSignal;
  /** The logins of this user; nothing of them is opened before it is needed. */
  readonly credentials: Credentials;
}

/** Reads the configuration, tells its warnings, and listens for Ctrl-C. */
export async function openContext(
  flags: CommonFlags,
  terminal: Terminal,
  options: SettingsOptions = {},
): Promise<CommandContext> {
  // One server that cannot be used is no reason to do without the others.
  const settings = await loadSettings(flags, terminal, { lenient: "entries", ...options });
  const { home, config, invalid } = settings;
  const asJson = flags.json === true;
  const tellWarning = (text: string): void => terminal.warn(text, asJson);
  if (invalid !== undefined) tellWarning(describeInvalid(invalid, config));
  // That a connection broke and came back is news for a person who waits.
  const tell = asJson ? () => {} : (line: string) => terminal.tell(line);
  const pool = createExecutorPool({ config, env: process.env, home, tell });
  const http = createHttpClient({ environment: process.env });
  const eras = createEraStore({ home, warn: tellWarning });
  const credentials = createCredentials({
    home,
    logins: config.logins,
    env: process.env,
    warn: tellWarning,
  });
  const warn = (server: string, text: string): void => tellWarning(`${server}: ${text}`);
  const tokens = createTokenSources({ credentials, env: process.env, warn });
  const interrupt = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort(new FairleadError("canceled", `Interrupted by ${name}`, { details: { signal: name } }));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    ...settings,
    pool,
    http,
    eras,
    credentials,
    tokens,
    env: process.env,
    cwd: process.cwd(),
    warn,
    signal: interrupt.signal,
    [Symbol.asyncDispose]: async () => {
      // What is being renewed needs the way to its server.
      await tokens[Symbol.asyncDispose]();
      await Promise.all([pool.close(), http.close(), eras.flushed()]);
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
