import type { ServerConfig } from "@fairlead/config";
import { type FairleadError, type LaunchFindings, toFairleadError } from "@fairlead/core";
import type { McpConnection } from "@fairlead/mcp";
import type { CommandContext } from "../../commands/context.js";
import { isLocalExecutor } from "../../runtime/is-local-executor.js";
import { openServer } from "../../runtime/one-server.js";
import type { ExecutorFacts } from "../executor/executor-facts.js";
import type { Place } from "../place.js";
import { executorVariables, toLaunchQuestion } from "./launch-question.js";
import { type ServerLink, startLinkOf } from "./start-link.js";

/** What became of a start: the connection, or the link that is broken. */
export type ServerStart =
  | { readonly connection: McpConnection; readonly tookMs: number }
  | { readonly link: ServerLink; readonly error: FairleadError };

/** One server while it is diagnosed. What was asked or started is kept for the later checks. */
export interface ServerFacts extends AsyncDisposable {
  readonly server: ServerConfig;
  readonly executor: ExecutorFacts;
  readonly context: CommandContext;
  /** What a launch would find on the executor. @throws FairleadError, also where the executor is too old to be asked */
  readonly findings: () => Promise<LaunchFindings>;
  /** Where it runs, or its requests leave, for lines to paste. */
  readonly place: () => Promise<Place>;
  /** Starts or reaches it once. Never fails for what a link is to blame for. */
  readonly start: () => Promise<ServerStart>;
  /** What looked odd about it since it was started, such as words on its stdout that are not MCP. */
  readonly oddities: readonly string[];
}

/** Collects what is asked about a server. Disposing it stops what was started. */
export function createServerFacts(
  server: ServerConfig,
  executor: ExecutorFacts,
  context: CommandContext,
): ServerFacts {
  const oddities: string[] = [];
  let starting: Promise<ServerStart> | undefined;
  let asking: Promise<LaunchFindings> | undefined;
  const ask = async (): Promise<LaunchFindings> => {
    const session = await executor.session();
    if (server.transport === "http") return session.probeLaunch({ variables: httpVariables(server) });
    const machine = { ...session.machine, isLocal: isLocalExecutor(server.executor) };
    return session.probeLaunch(toLaunchQuestion(server, machine, context));
  };
  const startNow = async (): Promise<ServerStart> => {
    // A check that nobody waits for any more must not start what nobody would stop.
    context.signal.throwIfAborted();
    const startedAtMs = performance.now();
    try {
      const onWarning = (text: string): void => void oddities.push(text);
      const connection = await openServer(server, context, { onWarning });
      return { connection, tookMs: Math.round(performance.now() - startedAtMs) };
    } catch (thrown) {
      context.signal.throwIfAborted();
      const error = toFairleadError(thrown);
      return { link: startLinkOf(error, server), error };
    }
  };
  return {
    server,
    executor,
    context,
    oddities,
    findings: () => (asking ??= ask()),
    place: async () => {
      if (executor.config === undefined) return { isWindows: process.platform === "win32" };
      const opening = await executor.opening();
      const isWindows = "session" in opening && opening.session.machine.pathConvention === "windows";
      return { executor: executor.name, isWindows };
    },
    start: () => (starting ??= startNow()),
    [Symbol.asyncDispose]: async () => {
      const started = await starting?.catch(() => undefined);
      if (started !== undefined && "connection" in started) await started.connection.close();
    },
  };
}

/** Names of variables that a server gets from its executor, whatever it is. */
export function variablesThere(server: ServerConfig): readonly string[] {
  return server.transport === "http" ? httpVariables(server) : executorVariables(server);
}

function httpVariables({
  bearerTokenVar,
  envHeaders,
}: Extract<ServerConfig, { transport: "http" }>): string[] {
  const all = [...Object.values(envHeaders), ...(bearerTokenVar === undefined ? [] : [bearerTokenVar])];
  return all.filter(({ source }) => source === "executor").map(({ name }) => name);
}
