import { FairleadError, type Launcher } from "@fairlead/core";
import { listAll, type McpConnection, openStdioConnection, parseRange } from "@fairlead/mcp";
import { nodeModuleBinary } from "@fairlead/testkit";

/** A server of the demo: a real package, started as its README says. */
export interface DemoServer {
  readonly name: string;
  readonly packageName: string;
  readonly args: readonly string[];
}

/** One tool call. */
export interface DemoCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, string>>;
}

/** Launches the server and shakes hands; the connection is the caller's to close. */
export function openDemoServer(
  launcher: Launcher,
  server: DemoServer,
  options: { readonly env: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<McpConnection> {
  return openStdioConnection({
    launcher,
    name: server.name,
    spec: {
      program: process.execPath,
      args: [nodeModuleBinary(server.packageName), ...server.args],
      env: { set: options.env },
      labels: { server: server.name },
    },
    clientInfo: { name: "fairlead-quickstart", version: "0.1.0" },
    capabilities: {},
    signal: options.signal,
  });
}

/** The names of the server's tools. */
export async function toolNames(connection: McpConnection, signal: AbortSignal): Promise<readonly string[]> {
  const { items } = await listAll(connection, "tools/list", { signal });
  return items.map((item) => item.name ?? "?");
}

/**
 * Calls a tool and gives the first text of its answer.
 * @throws FairleadError `tool_failed` where the server or the tool answers with an error
 */
export async function callTool(
  connection: McpConnection,
  call: DemoCall,
  signal: AbortSignal,
): Promise<string> {
  const params = Buffer.from(JSON.stringify({ name: call.tool, arguments: call.arguments }));
  const answer = await connection.request({ method: "tools/call", params, timeoutMs: 10_000, signal });
  if (answer.kind === "error") throw failed(call, answer.error.toString("utf8"));
  const result = parseRange(answer.result) as ToolResult;
  const text = result.content?.find((block) => block.type === "text")?.text;
  if (result.isError === true || text === undefined) throw failed(call, text ?? "no text");
  return text;
}

interface ToolResult {
  readonly isError?: boolean;
  readonly content?: readonly { readonly type: string; readonly text?: string }[];
}

function failed(call: DemoCall, what: string): FairleadError {
  return new FairleadError("tool_failed", `The tool ${call.tool} failed: ${what.slice(0, 500)}`);
}
