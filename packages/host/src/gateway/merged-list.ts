import type { ListedItem, ListMethod } from "@fairlead/mcp";
import type { AgentServer } from "../orchestrator/agent-server.js";
import type { ListUse } from "../orchestrator/server-lists.js";
import type { RouteContext } from "./route.js";

/** One item of a merged list and the server that it came from. */
export interface MergedItem {
  readonly server: AgentServer;
  readonly item: ListedItem;
}

/** One server's list. */
export interface ServerList {
  readonly server: AgentServer;
  /** The very array that the server keeps, so that what is derived from it can be remembered by it. */
  readonly items: readonly ListedItem[];
}

/**
 * Reads one list of every server, waiting within the patience for those that start or do not answer. A server that fails
 * leaves out only its own items. @param use see `AgentServer.listNow`
 */
export async function readLists(
  method: ListMethod,
  context: RouteContext,
  use: ListUse = "show",
): Promise<readonly ServerList[]> {
  return Promise.all(context.servers.map((server) => readList(server, method, { context, use })));
}

/** Looks for the first server that lists such an item; those after it are not waited for. */
export async function findListing(
  method: ListMethod,
  context: RouteContext,
  isWanted: (item: ListedItem) => boolean,
): Promise<AgentServer | undefined> {
  const reading = context.servers.map((server) => readList(server, method, { context, use: "look-up" }));
  for (const list of reading) {
    const { server, items } = await list;
    if (items.some(isWanted)) return server;
  }
  return undefined;
}

/** As {@link readLists}, all items in one. */
export async function readMergedList(
  method: ListMethod,
  context: RouteContext,
  use: ListUse = "show",
): Promise<MergedItem[]> {
  const lists = await readLists(method, context, use);
  return lists.flatMap(({ server, items }) => items.map((item) => ({ server, item })));
}

async function readList(
  server: AgentServer,
  method: ListMethod,
  { context, use }: { readonly context: RouteContext; readonly use: ListUse },
): Promise<ServerList> {
  try {
    return { server, items: (await server.listNow(method, context.listPatienceMs, use)) ?? [] };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    context.warn(server.name, `${method} failed, its items are missing: ${text}`);
    return { server, items: [] };
  }
}
