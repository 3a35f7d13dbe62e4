import { createToolFilter, nameTools, type ServerDefinition } from "@fairlead/host";
import { exposedName, type ListedItem } from "@fairlead/mcp";

/** A tool of a server, and what agents see of it. */
export interface AgentTool {
  readonly item: ListedItem;
  /** The server's own name for it. */
  readonly rawName: string;
  /** The name that agents see, renamed as configured. */
  readonly exposedName: string;
  /** Whether agents see it at all. */
  readonly isEnabled: boolean;
}

/** The tools of a server as the configuration has agents see them, those that it switches off among them. */
export function agentTools(
  items: readonly ListedItem[],
  { definition, maxNameBytes }: { readonly definition: ServerDefinition; readonly maxNameBytes: number },
): { readonly tools: readonly AgentTool[]; readonly problems: readonly string[] } {
  const allowsTool = createToolFilter(definition);
  const { tools: named, problems } = nameTools(items, { definition, allowsTool, maxNameBytes });
  const exposed = new Map(named.map((tool) => [tool.item, tool.exposed]));
  const tools = items.flatMap((item): AgentTool[] => {
    if (item.name === undefined) return [];
    const seen = exposed.get(item);
    const own = (): string => exposedName(definition.name, item.name ?? "", maxNameBytes);
    return [{ item, rawName: item.name, exposedName: seen ?? own(), isEnabled: seen !== undefined }];
  });
  return { tools, problems };
}
