import { text as readAll } from "node:stream/consumers";
import { errorTable, FairleadError } from "@fairlead/core";
import { parseRange } from "@fairlead/mcp";
import { plainText } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { openServer } from "../runtime/one-server.js";
import { showContent, type ToolResult } from "./call-content.js";
import { openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";
import { findServer } from "./settings.js";

/** What was typed after `fairlead call`. */
export interface CallInput {
  readonly server: string;
  readonly tool: string;
  readonly argumentsJson: string;
  readonly flags: CommonFlags & {
    /** Where pictures and other data are saved. */
    readonly outputDir?: string;
  };
}

/** `fairlead call`: one tool call, with what the tool says on stdout. A tool that reports an error makes exit code 8. */
export async function callCommand(input: CallInput, terminal: Terminal): Promise<void> {
  const args = parseArguments(
    input.argumentsJson === "-" ? await readAll(process.stdin) : input.argumentsJson,
  );
  await using context = await openContext(input.flags, terminal);
  const server = findServer(context.config, input.server);
  await using connection = await openServer(server, context);
  const params = { name: input.tool, arguments: args, _meta: { progressToken: "call" } };
  const answer = await connection.request({
    method: "tools/call",
    params: Buffer.from(JSON.stringify(params)),
    signal: context.signal,
    timeoutMs: server.toolTimeoutMs,
    onProgress: (progress) => {
      if (process.stderr.isTTY) terminal.tell(describeProgress(parseRange(progress)));
    },
  });
  if (answer.kind === "error") throw refused(input, parseRange(answer.error));
  const result = parseRange(answer.result) as ToolResult;
  const { json: isJson = false, outputDir } = input.flags;
  if (isJson) terminal.printJson(result);
  await showContent(result, { terminal, outputDir, isQuiet: isJson });
  if (result.isError === true) process.exitCode = errorTable.tool_failed.exit;
}

function parseArguments(json: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new FairleadError("usage", `The tool's arguments are not JSON: ${what}`, {
      cause,
      reason: "argument_invalid",
      effect: "none",
    });
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  throw new FairleadError("usage", 'The tool\'s arguments must be a JSON object, as in {"path": "/srv"}', {
    reason: "argument_invalid",
    effect: "none",
  });
}

function refused(input: CallInput, error: unknown): FairleadError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return new FairleadError(
    "protocol",
    `Server ${input.server} refused the call of ${input.tool}: ${String(message).replaceAll(/\s*\n\s*/g, " ")}`,
    {
      reason: "peer_error",
      details: { server: input.server, tool: input.tool, rpcCode: Number(code) },
    },
  );
}

function describeProgress(progress: unknown): string {
  const { progress: done, total, message } = progress as Record<string, unknown>;
  const of = typeof total === "number" ? ` of ${total}` : "";
  return plainText(`${String(done)}${of}${typeof message === "string" ? `: ${message}` : ""}`);
}
