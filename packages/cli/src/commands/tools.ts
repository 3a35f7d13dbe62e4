import type { ServerConfig } from "@fairlead/config";
import { toFairleadError } from "@fairlead/core";
import { createStartGate, createToolFilter } from "@fairlead/host";
import { exposedName, listAll, parseRange } from "@fairlead/mcp";
import { descriptionLine } from "../output/description-line.js";
import { plainText } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { openServer } from "../runtime/one-server.js";
import { type CommandContext, openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";
import { findServer } from "./settings.js";

interface ToolRow {
  readonly server: string;
  /** The server's own name for it, which `fairlead call` takes. */
  readonly name: string;
  /** The name that agents see. */
  readonly exposedName: string;
  readonly enabled: boolean;
  readonly description: string;
  /** The whole tool, as the server wrote it. */
  readonly tool: unknown;
}

/** `fairlead tools`: the tools of one server, or of all that are enabled. */
export async function toolsCommand(
  name: string | undefined,
  flags: CommonFlags,
  terminal: Terminal,
): Promise<void> {
  await using context = await openContext(flags, terminal);
  const servers =
    name === undefined
      ? [...context.config.servers.values()].filter((server) => server.enabled)
      : [findServer(context.config, name)];
  const gate = createStartGate();
  const results = await Promise.allSettled(
    servers.map((server) => gate.run(server.executor, () => readTools(server, context))),
  );
  const rows = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  const failures = results.flatMap((result) =>
    result.status === "rejected" ? [toFairleadError(result.reason)] : [],
  );
  const [firstFailure] = failures;
  // With nothing to show, the failure is the answer; otherwise it is told beside what the others have.
  if (firstFailure !== undefined && rows.length === 0) throw firstFailure;
  for (const failure of failures) process.exitCode = terminal.fail(failure, flags.json === true);
  if (flags.json === true) {
    terminal.printJson({ tools: rows });
    return;
  }
  if (rows.length === 0)
    terminal.tell(servers.length === 0 ? "No server is configured yet" : "There are no tools");
  for (const row of rows) {
    const off = row.enabled ? "" : "  (switched off)";
    terminal.print(plainText(`${row.exposedName}${off}`));
    if (row.exposedName !== `${row.server}__${row.name}`)
      terminal.print(plainText(`    its own name: ${row.name}`));
    if (row.description !== "") terminal.print(descriptionLine(row.description, process.stdout.columns));
  }
}

async function readTools(server: ServerConfig, context: CommandContext): Promise<ToolRow[]> {
  await using connection = await openServer(server, context);
  const { items } = await listAll(connection, "tools/list", {
    signal: context.signal,
    timeoutMs: server.startupTimeoutMs,
  });
  const isEnabled = createToolFilter({
    enabledTools: server.enabledTools,
    disabledTools: server.disabledTools,
  });
  return items.flatMap(({ raw, name }) => {
    if (name === undefined) return [];
    const tool = parseRange(raw) as { description?: unknown };
    const description = typeof tool.description === "string" ? tool.description : "";
    const exposed = exposedName(server.name, name, context.config.maxName);
    return [{ server: server.name, name, exposedName: exposed, enabled: isEnabled(name), description, tool }];
  });
}
