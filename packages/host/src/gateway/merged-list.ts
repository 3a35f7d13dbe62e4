import type { ListedItem, ListMethod } from "@fairlead/mcp";
import type { ServerInstance } from "../orchestrator/server-instance.js";
import type { RouteContext } from "./route.js";

/** One item of a merged list and the server that it came from. */
export interface MergedItem {
  readonly instance: ServerInstance;
  readonly item: ListedItem;
}

/**
 * Reads one list of every server that is up, waiting for those still starting within the patience. A server that fails
 * leaves out only its own items.
 */
export async function readMergedList(method: ListMethod, context: RouteContext): Promise<MergedItem[]> {
  const lists = await Promise.all(
    context.instances.map(async (instance) => {
      if (!(await instance.isReadyWithin(context.listPatienceMs))) return [];
      try {
        const items = await instance.list(method);
        return items.map((item) => ({ instance, item }));
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        context.warn(instance.name, `${method} failed, its items are missing: ${text}`);
        return [];
      }
    }),
  );
  return lists.flat();
}
