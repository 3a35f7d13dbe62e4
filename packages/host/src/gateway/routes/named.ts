import { FairleadError } from "@fairlead/core";
import { exposedName, type ListedItem } from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import { namesOfList, type ToolNames } from "../../policy/tool-names.js";
import { holdServer } from "../hold-server.js";
import type { RouteContext } from "../route.js";

/** Where an exposed name leads. */
export interface NamedTarget {
  readonly server: AgentServer;
  /** The name that the server itself uses. */
  readonly rawName: string;
  /** What the server lists of it; undefined if it does not. */
  readonly item: ListedItem | undefined;
}

/**
 * Finds the tool behind an exposed name. One that the server does not list is passed on as it is: some servers take tools
 * that they do not show, and the server's own "unknown tool" says more than ours.
 * @throws FairleadError `not_found`, also for the former name of a renamed tool, or why the server cannot be started
 */
export async function findTool(exposed: string, context: RouteContext): Promise<NamedTarget> {
  const { server, rest } = findServer(exposed, "tool", context);
  await server.readyAgain();
  const items = await server.list("tools/list");
  const { byExposed, tools } = toolNamesOf(server, items, context);
  const named = byExposed.get(exposed);
  if (named !== undefined) return { server, rawName: named.rawName, item: named.item };
  const ownNameOf = (name: string): string => exposedName(server.name, name, context.maxNameBytes);
  const item = items.find(({ name }) => name === rest || (name !== undefined && ownNameOf(name) === exposed));
  const shown = item === undefined ? undefined : tools.find(({ rawName }) => rawName === item.name);
  if (shown === undefined || shown.exposed === ownNameOf(shown.rawName)) {
    return { server, rawName: item?.name ?? rest, item };
  }
  throw new FairleadError("not_found", `The tool ${exposed} is called ${shown.exposed} now`, {
    reason: "tool_unknown",
    effect: "none",
    details: { name: exposed },
  });
}

/** Names the tools of a server as this agent sees them. What is wrong with them is told once for each list. */
export function toolNamesOf(
  server: AgentServer,
  items: readonly ListedItem[],
  context: RouteContext,
): ToolNames {
  return namesOfList(items, {
    definition: server.definition,
    allowsTool: (rawName) => server.allowsTool(rawName),
    maxNameBytes: context.maxNameBytes,
    warn: (text) => context.warn(server.name, text),
  });
}

/** Finds the prompt behind an exposed name, as {@link findTool} does for tools, and keeps its server over what is done there. */
export async function atPrompt<Result>(
  exposed: string,
  context: RouteContext,
  work: (target: NamedTarget) => Promise<Result>,
): Promise<Result> {
  const { server, rest } = findServer(exposed, "prompt", context);
  return holdServer(server, async () => work(await findPrompt(exposed, { server, rest }, context)));
}

async function findPrompt(
  exposed: string,
  { server, rest }: { readonly server: AgentServer; readonly rest: string },
  context: RouteContext,
): Promise<NamedTarget> {
  await server.readyAgain();
  for (const item of await server.list("prompts/list")) {
    const { name } = item;
    if (name !== undefined && exposedName(server.name, name, context.maxNameBytes) === exposed) {
      return { server, rawName: name, item };
    }
  }
  return { server, rawName: rest, item: undefined };
}

/** As {@link findTool} on the endpoint of one server, where names are its own. */
export async function findOwnTool(name: string, context: RouteContext): Promise<NamedTarget> {
  const server = ownServer(context);
  await server.readyAgain();
  // A server that does not give its list may still take calls; its tools then count as unknown ones.
  const items = await server.list("tools/list").catch(() => []);
  return { server, rawName: name, item: items.find((item) => item.name === name) };
}

/** The server that a tool is called at, as far as its name tells. @throws FairleadError `not_found` */
export function findToolServer(exposed: string, context: RouteContext): AgentServer {
  return context.isSingle ? ownServer(context) : findServer(exposed, "tool", context).server;
}

function ownServer({ servers }: RouteContext): AgentServer {
  const [server] = servers;
  if (server !== undefined) return server;
  throw new FairleadError("not_found", "There is no server at this endpoint any more", {
    reason: "server_unknown",
    effect: "none",
  });
}

function findServer(
  exposed: string,
  kind: "tool" | "prompt",
  { servers }: RouteContext,
): { readonly server: AgentServer; readonly rest: string } {
  const separator = exposed.indexOf("__");
  const server = servers.find((candidate) => candidate.name === exposed.slice(0, separator));
  if (server !== undefined && separator > 0) return { server, rest: exposed.slice(separator + 2) };
  const known = servers.map((candidate) => candidate.name).join(", ");
  throw new FairleadError(
    "not_found",
    `There is no ${kind} ${JSON.stringify(exposed)}: names have the form server__${kind}, and the servers are ${known}`,
    { reason: "tool_unknown", effect: "none", details: { name: exposed } },
  );
}
