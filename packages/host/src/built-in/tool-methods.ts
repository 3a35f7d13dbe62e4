import { FairleadError, isJsonObject, toFairleadError } from "@fairlead/core";
import type { BuiltInCallContext, BuiltInMethod } from "./built-in-server.js";

/** One tool of a built-in server. */
export interface BuiltInTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema; what it says of types is checked by {@link BuiltInTool.call} where it matters. */
  readonly inputSchema: object;
  readonly outputSchema?: object | undefined;
  readonly annotations: ToolAnnotations;
  /** @throws FairleadError, which becomes a result with `isError` that shows its message to the model */
  call(args: Readonly<Record<string, unknown>>, context: BuiltInCallContext): Promise<ToolResult>;
}

/** What a tool does, as MCP has it; built-in ones say all of it. */
export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** What only looks, and only at what Fairlead itself knows. */
export const readingOnly: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** The result of a `tools/call`. */
export interface ToolResult {
  readonly content: readonly object[];
  readonly structuredContent?: object | undefined;
  readonly isError?: boolean | undefined;
}

/** Makes `tools/list` and `tools/call` of a built-in server. @param meta put on every tool */
export function createToolMethods(
  tools: readonly BuiltInTool[],
  meta: Readonly<Record<string, unknown>>,
): Readonly<Record<string, BuiltInMethod>> {
  return {
    "tools/list": async () => ({ tools: tools.map((tool) => describeTool(tool, meta)) }),
    "tools/call": async ({ name, arguments: args }, context) => {
      const tool = tools.find((candidate) => candidate.name === name);
      if (tool === undefined) {
        const known = tools.map((candidate) => candidate.name).join(", ");
        throw new FairleadError(
          "not_found",
          `There is no tool ${JSON.stringify(name)}; there are: ${known}`,
          {
            reason: "tool_unknown",
            effect: "none",
          },
        );
      }
      return callTool(tool, isJsonObject(args) ? args : {}, context);
    },
  };
}

function describeTool(tool: BuiltInTool, meta: Readonly<Record<string, unknown>>): object {
  const { name, title, description, inputSchema, outputSchema, annotations } = tool;
  return {
    name,
    title,
    description,
    inputSchema,
    ...(outputSchema === undefined ? {} : { outputSchema }),
    annotations,
    ...(Object.keys(meta).length === 0 ? {} : { _meta: meta }),
  };
}

/** Runs a tool; its failure becomes a result that the model can read. An abort stays an error. */
export async function callTool(
  tool: Pick<BuiltInTool, "call">,
  args: Readonly<Record<string, unknown>>,
  context: BuiltInCallContext,
): Promise<ToolResult & { readonly _meta?: object }> {
  try {
    return await tool.call(args, context);
  } catch (thrown) {
    if (context.signal.aborted) throw thrown;
    const { code, message, details } = toFairleadError(thrown).toJSON();
    // An error that is not one of ours may hold anything.
    const text =
      code === "internal" ? "It failed for a reason that is Fairlead's own fault; see its log" : message;
    return {
      content: [{ type: "text", text }],
      isError: true,
      _meta: { "fairlead/error": { code, ...(code === "internal" ? {} : details) } },
    };
  }
}
