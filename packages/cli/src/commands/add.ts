import { readFile } from "node:fs/promises";
import {
  addServer,
  configFilePath,
  editConfigFile,
  type LoadedConfig,
  loadConfig,
  type ServerConfig,
} from "@fairlead/config";
import { FairleadError, toFairleadError } from "@fairlead/core";
import { listAll } from "@fairlead/mcp";
import { logIn } from "../auth/log-in.js";
import { loginCommandLine } from "../auth/login-errors.js";
import { createLoginUi } from "../auth/login-terminal.js";
import { probeAuth } from "../auth/probe-auth.js";
import { asSentence } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { formatCount } from "../output/units.js";
import { keepToolNames } from "../runtime/cached-tools.js";
import { createExecutorPool } from "../runtime/executor-pool.js";
import { openServer } from "../runtime/one-server.js";
import { exitOf } from "../runtime/server-exit.js";
import { type AddInput, toServerEntry } from "./add-entry.js";
import { type CommandContext, openContext } from "./context.js";
import { tellOtherExecutors } from "./other-executors.js";
import { findServer, ownLayersOf } from "./settings.js";

/** What a try of a server came to. */
type Probed = { readonly kind: "works"; readonly tools: number } | { readonly kind: "wants_login" };

/**
 * `fairlead add`: writes a server into config.toml, once it has been seen to start or to answer. One that wants a login is
 * written too; on a terminal the login follows at once.
 */
export async function addServerCommand(input: AddInput, terminal: Terminal): Promise<void> {
  const { name, flags } = input;
  // What is wrong with others is told; what is wrong with the one to be replaced goes.
  await using context = await openContext(flags, terminal, { lenient: true });
  const entry = toServerEntry(input);
  const edit = (text: string): string => addServer(text, name, entry, { replace: flags.force === true });
  const path = configFilePath(context.home);
  const edited = edit(await readFile(path, "utf8").catch(() => ""));
  const loaded = await loadOwn({ edited, path, flags }, context.home);
  const executor = loaded.config.servers.get(name)?.executor ?? loaded.config.defaultExecutor;
  const write = async (): Promise<void> => {
    await editConfigFile(context.home, edit);
    // Whoever asked for JSON reads stderr with a program too.
    if (flags.json !== true)
      await tellOtherExecutors({ name, executor, home: context.home, flags }, terminal);
  };
  const finish = (more: { readonly tools?: number; readonly login?: string }, words: string): void => {
    if (flags.json === true) terminal.printJson({ added: name, executor, ...more });
    else terminal.print(`Added ${name} on ${executor}${words}`);
  };
  if (!flags.probe) {
    await write();
    return finish({}, "");
  }
  await using trial = await openTrial(name, loaded, context);
  const probed = await (async () => {
    using _progress = terminal.progress(`Trying ${name} on ${executor}`);
    return await probe(trial);
  })();
  await write();
  if (probed.kind === "works") {
    return finish({ tools: probed.tools }, `: ${formatCount(probed.tools, "tool")}`);
  }
  const login = loginCommandLine(name);
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY && flags.json !== true;
  if (!isTerminal) return finish({ login }, `. It wants a login. Run: ${login}`);
  finish({}, ". It wants a login");
  await logInNow(trial, input, terminal);
  terminal.print(`Logged in to ${name}: ${formatCount(await countTools(trial), "tool")}`);
}

/** A server as it will be, which is not configured yet. */
interface Trial extends AsyncDisposable {
  readonly server: ServerConfig;
  readonly context: CommandContext;
}

/** Reads the user's own configuration as it will be. A project lays something over it in one folder only. */
function loadOwn(
  file: { readonly edited: string; readonly path: string; readonly flags: AddInput["flags"] },
  home: string,
): Promise<LoadedConfig> {
  return loadConfig({
    ...ownLayersOf(file.flags, home),
    lenient: true,
    readFile: (path) => (path === file.path ? Promise.resolve(file.edited) : readFile(path, "utf8")),
  });
}

/** Makes ready to start the server before anything is written. */
async function openTrial(
  name: string,
  { config, invalid }: LoadedConfig,
  context: CommandContext,
): Promise<Trial> {
  if (invalid !== undefined && !config.servers.has(name)) throw invalid;
  const pool = createExecutorPool({ config, env: process.env, home: context.home, tell: () => {} });
  return {
    server: findServer(config, name),
    context: { ...context, config, pool },
    [Symbol.asyncDispose]: async () => {
      await pool.close();
    },
  };
}

async function countTools({ server, context }: Trial): Promise<number> {
  await using connection = await openServer(server, context);
  const options = { signal: context.signal, timeoutMs: server.startupTimeoutMs };
  const { items } = await listAll(connection, "tools/list", options);
  await keepToolNames(
    context.home,
    server.name,
    items.flatMap(({ name }) => name ?? []),
  );
  return items.length;
}

async function probe(trial: Trial): Promise<Probed> {
  try {
    return { kind: "works", tools: await countTools(trial) };
  } catch (thrown) {
    const error = toFairleadError(thrown);
    if (await isLogin(trial, error)) return { kind: "wants_login" };
    throw nothingAdded(error);
  }
}

/** Whether the server refused us for want of a login that there could be. */
async function isLogin({ server, context }: Trial, error: FairleadError): Promise<boolean> {
  const { failure } = error.details;
  if (server.transport !== "http" || context.signal.aborted) return false;
  if (failure === "reauthentication_required") return true;
  if (failure !== "login_required" || error.reason !== "login_required") return false;
  const { fetch } = exitOf(server, context);
  return (await probeAuth({ serverUrl: server.url, fetch, signal: context.signal })) === "not_logged_in";
}

async function logInNow(
  { server, context }: Trial,
  { flags, name }: AddInput,
  terminal: Terminal,
): Promise<void> {
  if (server.transport !== "http") return;
  try {
    const ui = createLoginUi({ terminal, env: context.env, opensBrowser: flags.browser !== false });
    await logIn(server, {}, { context, ui });
  } catch (thrown) {
    const error = toFairleadError(thrown);
    throw withMessage(
      error,
      `${asSentence(error.message)} ${name} was added; log in later: ${loginCommandLine(name)}`,
    );
  }
}

function nothingAdded(error: FairleadError): FairleadError {
  return withMessage(
    error,
    `${asSentence(error.message)} Nothing was added; --no-probe adds it all the same.`,
  );
}

function withMessage(error: FairleadError, message: string): FairleadError {
  const { code, details, reason } = error;
  return new FairleadError(code, message, {
    cause: error,
    effect: "none",
    details,
    ...(reason === undefined ? {} : { reason }),
  });
}
