import { text as readAll } from "node:stream/consumers";
import { errorTable, FairleadError, isJsonObject } from "@fairlead/core";
import { parseRange } from "@fairlead/mcp";
import { plainText } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { openDefinition } from "../runtime/one-server.js";
import { checkOutputDir, showContent, type ToolResult } from "./call-content.js";
import { openContext } from "./context.js";
import { findTarget } from "./find-target.js";
import { toRawToolName, unknownToolError, unlistedToolHint } from "./find-tool.js";
import type { CommonFlags } from "./flags.js";
import { readJsonArguments } from "./json-argument.js";

/** What was typed after `fairlead call`. */
export interface CallInput {
  readonly server: string;
  readonly tool: string;
  readonly argumentsJson: string;
  readonly flags: CommonFlags & {
    /** Where pictures and other data are saved. */
    readonly outputDir?: string;
    /** Whether the tool's own name was typed, and one that is switched off may be called too. */
    readonly raw?: boolean;
  };
}

/** `fairlead call`: one tool call, with what the tool says on stdout. A tool that reports an error makes exit code 8. */
export async function callCommand(input: CallInput, terminal: Terminal): Promise<void> {
  const args = readJsonArguments(
    input.argumentsJson === "-" ? await readAll(process.stdin) : input.argumentsJson,
    "tool's",
  );
  await checkOutputDir(input.flags.outputDir);
  await using context = await openContext(input.flags, terminal, { about: input.server });
  const definition = await findTarget(input.server, context);
  using progress = terminal.progress(`Starting ${input.server} on ${definition.executor}`);
  await using connection = await openDefinition(definition, context);
  const search = { definition, connection, context, isRaw: input.flags.raw === true };
  const tool = await toRawToolName(input.tool, search);
  progress.update(`Calling ${tool}`);
  const params = { name: tool, arguments: args, _meta: { progressToken: "call" } };
  const answer = await connection.request({
    method: "tools/call",
    params: Buffer.from(JSON.stringify(params)),
    signal: context.signal,
    timeoutMs: definition.toolTimeoutMs,
    onProgress: (told) => {
      if (process.stderr.isTTY) terminal.tell(describeProgress(parseRange(told)));
    },
  });
  if (answer.kind === "error") {
    const error = readRpcError(answer.error);
    const isUnknown = unknownToolCodes.has(error.code);
    throw (
      (isUnknown ? await unknownToolError(tool, search, error.message) : undefined) ?? refused(input, error)
    );
  }
  const result = readResult(input, parseRange(answer.result));
  const { json: isJson = false, outputDir } = input.flags;
  if (isJson) terminal.printJson(result);
  await showContent(result, { terminal, outputDir, isQuiet: isJson });
  if (result.isError !== true) return;
  process.exitCode = errorTable.tool_failed.exit;
  // Many servers tell a tool that they do not have as one that failed; but one that ran may be unlisted, or by now.
  const hint = await unlistedToolHint(tool, search);
  if (hint !== undefined) terminal.warn(hint, isJson);
}

/** How a server says that it has no such tool: what it was asked for is invalid, or it has no tools at all. */
const unknownToolCodes: ReadonlySet<number> = new Set([-32602, -32601]);

/** @throws FairleadError `protocol` if it is not what a tool answers with */
function readResult({ server, tool }: CallInput, result: unknown): ToolResult {
  const isObject = isJsonObject(result);
  const { content }: { readonly content?: unknown } = isObject ? result : {};
  if (isObject && (content === undefined || Array.isArray(content))) return result;
  const what = isObject ? "content that is no array" : "something that is no object";
  throw new FairleadError("protocol", `Server ${server} answered the call of ${tool} with ${what}`, {
    reason: "frame_invalid",
    details: { server, tool },
  });
}

interface RpcError {
  readonly code: number;
  /** In one line. */
  readonly message: string;
}

function readRpcError(raw: Buffer): RpcError {
  const { code, message } = parseRange(raw) as { code?: unknown; message?: unknown };
  return { code: Number(code), message: String(message).replaceAll(/\s*\n\s*/g, " ") };
}

function refused({ server, tool }: CallInput, { code, message }: RpcError): FairleadError {
  return new FairleadError("protocol", `Server ${server} refused the call of ${tool}: ${message}`, {
    reason: "peer_error",
    details: { server, tool, rpcCode: code },
  });
}

function describeProgress(progress: unknown): string {
  const { progress: done, total, message } = progress as Record<string, unknown>;
  const of = typeof total === "number" ? ` of ${total}` : "";
  return plainText(`${String(done)}${of}${typeof message === "string" ? `: ${message}` : ""}`);
}
