import { fileURLToPath } from "node:url";
import { createLocalLauncher } from "@fairlead/machine";
import {
  type CallAnswer,
  type ConnectionHandlers,
  type Era,
  type McpConnection,
  type OpenConnectionOptions,
  openConnection,
} from "@fairlead/mcp";
import { createMarker, waitUntilGone } from "@fairlead/testkit";

/** The server of SDK v2 in this folder's fixtures. */
export const v2ServerPath: string = fileURLToPath(
  new URL("../fixtures/sdk-v2-stdio-server.mjs", import.meta.url),
);

/** A connection to it, and what came over it. Disposing fails if its process is still there. */
export interface OpenedV2 extends AsyncDisposable {
  readonly connection: McpConnection;
  readonly eras: readonly Era[];
  readonly notifications: readonly { readonly method: string; readonly params: unknown }[];
  readonly warnings: readonly string[];
  readonly stderr: readonly string[];
  ask(method: string, params?: object): Promise<Record<string, unknown>>;
  /** Calls a tool and gives its first text. */
  tool(name: string, params?: object): Promise<string>;
}

/** Launches it on this machine and opens it in the era that the options ask for. */
export async function openV2Server(
  options: Partial<Omit<OpenConnectionOptions, "server">> & { readonly args?: readonly string[] } = {},
): Promise<OpenedV2> {
  const { args = [], handlers, ...rest } = options;
  const marker = createMarker();
  const eras: Era[] = [];
  const notifications: { method: string; params: unknown }[] = [];
  const warnings: string[] = [];
  const stderr: string[] = [];
  const collect: ConnectionHandlers = {
    onNotification: ({ method, line, params }) =>
      notifications.push({
        method,
        params:
          params === undefined
            ? undefined
            : (JSON.parse(line.toString("utf8", params.start, params.end)) as unknown),
      }),
    onWarning: (text) => warnings.push(text),
    onStderr: (line) => stderr.push(line),
  };
  const connection = await openConnection({
    server: {
      kind: "stdio",
      launcher: createLocalLauncher(),
      spec: {
        program: process.execPath,
        args: [v2ServerPath, ...args],
        env: { set: { FAIRLEAD_TEST_MARKER: marker } },
      },
    },
    name: "v2",
    clientInfo: { name: "test", version: "1" },
    capabilities: { elicitation: {} },
    onEra: (era) => eras.push(era),
    ...rest,
    handlers: { ...collect, ...handlers },
  });
  const ask = async (method: string, params?: object): Promise<Record<string, unknown>> => {
    const raw = params === undefined ? undefined : Buffer.from(JSON.stringify(params));
    return parse(await connection.request({ method, params: raw, timeoutMs: 20_000 }));
  };
  return {
    connection,
    eras,
    notifications,
    warnings,
    stderr,
    ask,
    tool: async (name, params = {}) => {
      const result = await ask("tools/call", { name, ...params });
      const [first] = result["content"] as readonly { readonly text: string }[];
      return first?.text ?? "";
    },
    [Symbol.asyncDispose]: async () => {
      await connection.close();
      await waitUntilGone(marker, { withinMs: 5_000 });
    },
  };
}

function parse(answer: CallAnswer): Record<string, unknown> {
  const raw = answer.kind === "error" ? `{"error":${answer.error.toString()}}` : answer.result.toString();
  return JSON.parse(raw) as Record<string, unknown>;
}
