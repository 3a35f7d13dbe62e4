import { FairleadError, isJsonObject } from "@fairlead/core";
import type { ServerDefinition } from "@fairlead/host";
import { type McpConnection, parseRange } from "@fairlead/mcp";

/** One request to a server that a command makes. */
export interface ServerRequest {
  readonly method: string;
  readonly params: object;
  readonly definition: ServerDefinition;
  readonly signal: AbortSignal;
}

/**
 * Asks a server and gives what it answers.
 * @throws FairleadError `protocol`, reason `peer_error`, where it refuses, and as `request` gives it
 */
export async function requestOf(
  connection: McpConnection,
  { method, params, definition, signal }: ServerRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const { name: server, toolTimeoutMs: timeoutMs } = definition;
  const answer = await connection.request({
    method,
    params: Buffer.from(JSON.stringify(params)),
    signal,
    timeoutMs,
  });
  const value = parseRange(answer.kind === "error" ? answer.error : answer.result);
  if (answer.kind === "result" && isJsonObject(value)) return value;
  const { code, message } = isJsonObject(value) ? value : {};
  const said = typeof message === "string" ? message : "something that is no answer";
  const what = said.replaceAll(/\s*\n\s*/g, " ");
  throw new FairleadError("protocol", `Server ${server} refused ${method}: ${what}`, {
    reason: "peer_error",
    details: { server, ...(typeof code === "number" ? { rpcCode: code } : {}) },
  });
}
