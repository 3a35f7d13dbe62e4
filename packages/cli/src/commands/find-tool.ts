import { didYouMean, type ServerConfig } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { exposedName, listAll, type McpConnection } from "@fairlead/mcp";
import type { CommandContext } from "./context.js";

/** A running server, and who asks for one of its tools. */
export interface ToolSearch {
  readonly server: ServerConfig;
  readonly connection: Pick<McpConnection, "request">;
  readonly context: Pick<CommandContext, "config" | "signal">;
}

/** Names at most so many tools, for a line that a person reads. */
const namedAtMost = 12;

/**
 * Gives the raw name of a tool that was typed as agents see it, with its server's name in front. Everything else is given
 * back as it is, so that a server may have tools that it does not list.
 */
export async function toRawToolName(typed: string, search: ToolSearch): Promise<string> {
  const { server, context } = search;
  if (!typed.startsWith(`${server.name}__`)) return typed;
  const names = await rawNames(search);
  if (names.includes(typed)) return typed;
  return names.find((name) => exposedName(server.name, name, context.config.maxName) === typed) ?? typed;
}

/** The error for a tool that a server failed to call because it lists none of that name; undefined if it does. */
export async function unknownToolError(tool: string, search: ToolSearch): Promise<FairleadError | undefined> {
  // What the call itself came to is the better answer where nobody can tell.
  const names = await rawNames(search).catch(() => undefined);
  if (names === undefined || names.includes(tool)) return undefined;
  const { name: server } = search.server;
  const more = names.length > namedAtMost ? ` and ${names.length - namedAtMost} more` : "";
  const has = names.length === 0 ? "it has none" : `it has ${names.slice(0, namedAtMost).join(", ")}${more}`;
  const text = `Server ${server} has no tool ${JSON.stringify(tool)}; ${has}.${didYouMean(tool, names)}`;
  return new FairleadError("not_found", text, {
    reason: "tool_unknown",
    effect: "none",
    details: { server, tool },
  });
}

async function rawNames({ server, connection, context }: ToolSearch): Promise<string[]> {
  const options = { signal: context.signal, timeoutMs: server.toolTimeoutMs };
  const { items } = await listAll(connection, "tools/list", options);
  return items.flatMap(({ name }) => (name === undefined ? [] : [name]));
}
