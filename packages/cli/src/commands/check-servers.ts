import type { ServerConfig } from "@fairlead/config";
import { toFairleadError } from "@fairlead/core";
import { createStartGate } from "@fairlead/host";
import { listAll } from "@fairlead/mcp";
import type { AuthReport } from "@fairlead/oauth";
import { storedAuth } from "../auth/auth-status.js";
import { probeAuth } from "../auth/probe-auth.js";
import { type Terminal, withoutWords } from "../output/terminal.js";
import { keepToolNames } from "../runtime/cached-tools.js";
import { openServer } from "../runtime/one-server.js";
import { exitOf } from "../runtime/server-exit.js";
import { type CommandContext, openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** Whether a server works. */
export type ServerCheck =
  | { readonly status: "ready"; readonly tools: number }
  | { readonly status: "failed"; readonly error: unknown };

/** What came of trying a server. */
export interface CheckedServer {
  readonly check: ServerCheck;
  /** How it is signed in to; undefined for one without an address. */
  readonly auth: AuthReport | undefined;
}

/**
 * Starts servers, a few at a time, counts their tools, and stops them.
 * @throws FairleadError `canceled` after Ctrl-C, once what was started is stopped
 */
export async function checkServers(
  servers: readonly ServerConfig[],
  flags: CommonFlags,
  terminal: Terminal,
): Promise<ReadonlyMap<string, CheckedServer>> {
  // The configuration's warnings were told already.
  await using context = await openContext(flags, withoutWords(terminal), { lenient: true, asks: false });
  const gate = createStartGate();
  const checks = await Promise.all(
    servers.map(
      async (server) => [server.name, await gate.run(server.executor, () => check(server, context))] as const,
    ),
  );
  // What was cut short says nothing about a server.
  context.signal.throwIfAborted();
  return new Map(checks);
}

async function check(server: ServerConfig, context: CommandContext): Promise<CheckedServer> {
  const started = await start(server, context);
  return { check: started, auth: await checkAuth(server, started, context) };
}

async function start(server: ServerConfig, context: CommandContext): Promise<ServerCheck> {
  try {
    await using connection = await openServer(server, context);
    const { signal } = context;
    const options = { signal, timeoutMs: server.startupTimeoutMs };
    const { items } = await listAll(connection, "tools/list", options);
    await keepToolNames(
      context.home,
      server.name,
      items.flatMap(({ name }) => name ?? []),
    );
    return { status: "ready", tools: items.length };
  } catch (thrown) {
    return { status: "failed", error: toFairleadError(thrown) };
  }
}

/**
 * Tells how a server is signed in to, by what is kept, what its start met, and, where neither says it, by asking the server.
 */
export async function checkAuth(
  server: ServerConfig,
  started: ServerCheck,
  context: CommandContext,
): Promise<AuthReport | undefined> {
  const auth = await storedAuth(server, context.credentials);
  if (auth === undefined || server.transport !== "http") return auth;
  const failure = started.status === "failed" ? toFairleadError(started.error).details["failure"] : undefined;
  if (auth.status === "oauth" && failure === "reauthentication_required") return { ...auth, status: failure };
  if (auth.status !== "unknown" || auth.problem !== undefined) return auth;
  // A server that cannot be reached would only be waited for once more.
  if (started.status === "failed" && failure !== "login_required") return auth;
  const { fetch } = exitOf(server, context);
  return { status: await probeAuth({ serverUrl: server.url, fetch, signal: context.signal }) };
}
