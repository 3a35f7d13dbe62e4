import type { FairleadError } from "@fairlead/core";
import type { CallAnswer, McpConnection } from "../connection/types.js";
import type { ScannedNotification } from "../envelope/scan-message.js";
import { type OpenStdioOptions, openStdioServer } from "../open/open-stdio-server.js";
import { anySpec, createMemoryLauncher, type MemoryScript, type MemoryServer } from "./memory-launcher.js";

/** A message as the scripted server read it. */
export type Received = MemoryServer["received"][number];

/** Gives `{ result }` or `{ error }`, undefined for the usual answer, or says nothing at all. */
export type ModernScript = (message: Received, server: MemoryServer) => object | "silence" | undefined;

/** A connection to a scripted modern server, and what its handlers were told. */
export interface ModernPair extends AsyncDisposable {
  readonly connection: McpConnection;
  readonly server: MemoryServer;
  readonly notifications: { method: string; params: unknown; hasCall: boolean }[];
  readonly warnings: string[];
  readonly eras: string[];
  /** Calls and parses what came: the result, or `{ error }`. */
  ask(method: string, params?: object): Promise<Record<string, unknown>>;
}

/** What `server/discover` is answered with unless a script says otherwise. */
export const discoverResult = {
  resultType: "complete",
  supportedVersions: ["2026-07-28"],
  capabilities: {
    tools: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    logging: {},
  },
  instructions: "be kind",
  ttlMs: 0,
  cacheScope: "private",
  _meta: { "io.modelcontextprotocol/serverInfo": { name: "memory", version: "9" } },
};

/** What the connection says about itself in these tests. */
export const client = {
  clientInfo: { name: "agent", version: "1" },
  capabilities: { elicitation: {}, sampling: {}, roots: {} },
} as const;

/** Opens a connection, by default a modern one, to a server that answers as told and acknowledges who listens. */
export async function openModernPair(
  script: ModernScript = () => undefined,
  options: Partial<OpenStdioOptions> & { readonly memory?: MemoryScript } = {},
): Promise<ModernPair> {
  const { memory: memoryScript, ...rest } = options;
  const memory = createMemoryLauncher({
    initializeResult: null,
    ...memoryScript,
    onMessage: (server, message) => answer(script, server, message),
  });
  const notifications: ModernPair["notifications"] = [];
  const warnings: string[] = [];
  const eras: string[] = [];
  const connection = await openStdioServer({
    launcher: memory.launcher,
    spec: anySpec,
    name: "peer",
    protocol: "modern",
    onEra: (era) => eras.push(era),
    ...client,
    ...rest,
    handlers: {
      onNotification: (message, related) =>
        notifications.push({
          method: message.method,
          params: paramsOf(message),
          hasCall: related !== undefined,
        }),
      onWarning: (text) => warnings.push(text),
      ...rest.handlers,
    },
  });
  return {
    connection,
    server: memory.server,
    notifications,
    warnings,
    eras,
    ask: async (method, params) =>
      parseAnswer(
        await connection.request({
          method,
          params: params === undefined ? undefined : Buffer.from(JSON.stringify(params)),
        }),
      ),
    [Symbol.asyncDispose]: async () => void (await connection.close()),
  };
}

/** Gives the result as a value, or `{ error }`. */
export function parseAnswer(given: CallAnswer): Record<string, unknown> {
  if (given.kind === "error") return { error: JSON.parse(given.error.toString()) as unknown };
  return JSON.parse(given.result.toString()) as Record<string, unknown>;
}

/** Gives what a promise was rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<FairleadError> {
  return promise.then(
    () => {
      throw new Error("It succeeded");
    },
    (error: unknown) => error as FairleadError,
  );
}

function answer(script: ModernScript, server: MemoryServer, message: Received): void {
  const scripted = script(message, server);
  const { id, method } = message;
  if (scripted === "silence") return;
  if (scripted !== undefined) server.sayMessage({ id, ...scripted });
  else if (method === "server/discover") server.sayMessage({ id, result: discoverResult });
  else if (method === "subscriptions/listen") {
    server.sayMessage({
      method: "notifications/subscriptions/acknowledged",
      params: {
        notifications: message.params?.["notifications"],
        _meta: { "io.modelcontextprotocol/subscriptionId": id },
      },
    });
  }
}

function paramsOf({ line, params }: ScannedNotification): unknown {
  return params === undefined ? undefined : JSON.parse(line.toString("utf8", params.start, params.end));
}
