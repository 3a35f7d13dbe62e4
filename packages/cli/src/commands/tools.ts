import type { ServerDefinition } from "@fairlead/host";
import { listAll, type McpConnection, parseRange } from "@fairlead/mcp";
import { descriptionLine } from "../output/description-line.js";
import type { Terminal } from "../output/terminal.js";
import { keepToolNames } from "../runtime/cached-tools.js";
import { agentTools } from "./agent-tools.js";
import { type CommandContext, openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";
import { gatherLists } from "./gather-lists.js";

/** The flags of `fairlead tools`. */
export interface ToolsFlags extends CommonFlags {
  /** Also of connectors and of servers that come with Fairlead. */
  readonly all?: boolean;
  /** The server's own names and words, and what is switched off too. */
  readonly raw?: boolean;
}

interface ToolRow {
  readonly server: string;
  /** The server's own name for it. */
  readonly name: string;
  /** The name that agents see. */
  readonly exposedName: string;
  /** Whether agents see it. */
  readonly enabled: boolean;
  readonly description: string;
  /** The whole tool, as the server wrote it. */
  readonly tool: unknown;
}

/** `fairlead tools`: the tools of one server, or of all that are enabled, as agents see them. */
export async function toolsCommand(
  name: string | undefined,
  flags: ToolsFlags,
  terminal: Terminal,
): Promise<void> {
  await using context = await openContext(flags, terminal, { about: name });
  const { rows, asked, failed } = await gatherLists(
    { context, name, all: flags.all === true, asJson: flags.json === true, terminal },
    (connection, definition) => readTools(connection, definition, { context, isRaw: flags.raw === true }),
  );
  if (flags.json === true) {
    terminal.printJson({ tools: rows });
    return;
  }
  showTools(rows, flags, terminal);
  if (rows.length === 0 && failed === 0)
    terminal.tell(asked === 0 ? "No server is configured yet" : "There are no tools");
}

function showTools(rows: readonly ToolRow[], { raw = false }: ToolsFlags, terminal: Terminal): void {
  const isOfSeveral = rows.some(({ server }) => server !== rows[0]?.server);
  const shown = raw ? rows : rows.filter(({ enabled }) => enabled);
  for (const row of shown) {
    const off = row.enabled ? "" : "  (switched off)";
    const own = isOfSeveral ? `${row.server}  ${row.name}` : row.name;
    terminal.print(`${raw ? own : row.exposedName}${off}`);
    if (!raw && row.exposedName !== `${row.server}__${row.name}`)
      terminal.print(`    its own name: ${row.name}`);
    if (row.description !== "") terminal.print(descriptionLine(row.description, process.stdout.columns));
  }
  const hidden = rows.length - shown.length;
  if (hidden > 0)
    terminal.tell(
      `fairlead: ${hidden} more ${hidden === 1 ? "is" : "are"} switched off by the configuration; see --raw`,
    );
}

async function readTools(
  connection: McpConnection,
  definition: ServerDefinition,
  { context, isRaw }: { readonly context: CommandContext; readonly isRaw: boolean },
): Promise<ToolRow[]> {
  const { items } = await listAll(connection, "tools/list", {
    signal: context.signal,
    timeoutMs: definition.startupTimeoutMs,
  });
  const { tools, problems } = agentTools(items, { definition, maxNameBytes: context.config.maxName });
  for (const problem of problems) context.warn(definition.name, problem);
  await keepToolNames(
    context.home,
    definition.name,
    tools.map(({ rawName }) => rawName),
  );
  return tools.map(({ item, rawName, exposedName, isEnabled }) => {
    const tool = parseRange(item.raw) as { description?: unknown };
    const own = typeof tool.description === "string" ? tool.description : "";
    const settings = new Map(Object.entries(definition.tools ?? {})).get(rawName);
    const description = isRaw ? own : (settings?.description ?? own);
    return { server: definition.name, name: rawName, exposedName, enabled: isEnabled, description, tool };
  });
}
