import { didYouMean } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { createToolFilter, type ServerDefinition } from "@fairlead/host";
import { listAll, type McpConnection } from "@fairlead/mcp";
import { type AgentTool, agentTools } from "./agent-tools.js";
import type { CommandContext } from "./context.js";

/** A running server, and who asks for one of its tools. */
export interface ToolSearch {
  readonly definition: ServerDefinition;
  readonly connection: Pick<McpConnection, "request">;
  readonly context: Pick<CommandContext, "config" | "signal">;
  /** Whether the server's own names are meant, and what is switched off may be called too. */
  readonly isRaw: boolean;
}

/** Names at most so many tools, for a line that a person reads. */
const namedAtMost = 12;

/**
 * Gives the raw name of a tool that was typed as agents see it, renamed as configured, with its server's name in front or
 * without. Everything else is given back as it is, so that a server may have tools that it does not list.
 * @throws FairleadError `forbidden`, reason `policy_denied`, for one that the configuration switches off
 */
export async function toRawToolName(typed: string, search: ToolSearch): Promise<string> {
  const { definition, isRaw } = search;
  if (isRaw) return typed;
  const prefix = `${definition.name}__`;
  const hasRenames = Object.values(definition.tools ?? {}).some(({ rename }) => rename !== undefined);
  const isWhole = typed.startsWith(prefix);
  const tools = hasRenames || isWhole ? await readTools(search) : [];
  const named = (name: string): AgentTool | undefined =>
    tools.find(({ isEnabled, exposedName }) => isEnabled && exposedName === name);
  const found = tools.some(({ rawName }) => isWhole && rawName === typed)
    ? undefined
    : (named(typed) ?? named(prefix + typed));
  const rawName = found?.rawName ?? typed;
  if (createToolFilter(definition)(rawName)) return rawName;
  throw new FairleadError(
    "forbidden",
    `Tool ${JSON.stringify(rawName)} of server ${definition.name} is switched off by its enabled_tools or disabled_tools. --raw calls it all the same.`,
    { reason: "policy_denied", effect: "none", details: { server: definition.name, tool: rawName } },
  );
}

/**
 * The error for a tool that a server refused to call because it has none of that name; undefined where it lists one, or nobody
 * can tell.
 * @param said the server's own words: it may have refused something else about a tool that it does not list
 */
export async function unknownToolError(
  tool: string,
  search: ToolSearch,
  said: string,
): Promise<FairleadError | undefined> {
  const others = await otherThan(tool, search);
  if (others === undefined) return undefined;
  const { name: server } = search.definition;
  const text = `Server ${server} has no tool ${JSON.stringify(tool)}; ${others} It said: ${said}`;
  return new FairleadError("not_found", text, {
    reason: "tool_unknown",
    effect: "none",
    details: { server, tool },
  });
}

/** A word about a tool that reported an error and is not in its server's list; undefined where it is, or nobody can tell. */
export async function unlistedToolHint(tool: string, search: ToolSearch): Promise<string | undefined> {
  const others = await otherThan(tool, search);
  const { name: server } = search.definition;
  return others && `Server ${server} lists no tool ${JSON.stringify(tool)}; ${others}`;
}

/** The tools that a server has instead of one that it does not list. */
async function otherThan(tool: string, search: ToolSearch): Promise<string | undefined> {
  // What the call itself came to is the better answer where nobody can tell.
  const tools = await readTools(search).catch(() => undefined);
  if (tools === undefined || tools.some(({ rawName }) => rawName === tool)) return undefined;
  const { name: server } = search.definition;
  const names = search.isRaw
    ? tools.map(({ rawName }) => rawName)
    : tools.flatMap(({ isEnabled, ...one }) => (isEnabled ? [shortName(one, server)] : []));
  const more = names.length > namedAtMost ? ` and ${names.length - namedAtMost} more` : "";
  const has = names.length === 0 ? "it has none" : `it has ${names.slice(0, namedAtMost).join(", ")}${more}`;
  return `${has}.${didYouMean(tool, names)}`;
}

/** As it is typed after the name of its server. */
function shortName(
  { exposedName, rawName }: Pick<AgentTool, "exposedName" | "rawName">,
  server: string,
): string {
  const short = exposedName.slice(server.length + 2);
  // A name that agents cannot be shown as it is can still be typed.
  return /_[0-9a-f]{8}$/.test(short) ? rawName : short;
}

async function readTools({ definition, connection, context }: ToolSearch): Promise<readonly AgentTool[]> {
  const options = { signal: context.signal, timeoutMs: definition.toolTimeoutMs };
  const { items } = await listAll(connection, "tools/list", options);
  return agentTools(items, { definition, maxNameBytes: context.config.maxName }).tools;
}
