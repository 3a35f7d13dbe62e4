import { maskUrl, type ServerConfig } from "@fairlead/config";
import { toFairleadError } from "@fairlead/core";
import { createStartGate } from "@fairlead/host";
import { listAll } from "@fairlead/mcp";
import { formatTable } from "../output/table.js";
import { lastWords, type Terminal } from "../output/terminal.js";
import { openServer } from "../runtime/one-server.js";
import { type CommandContext, openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

interface ServerRow {
  readonly name: string;
  readonly executor: string;
  readonly transport: "stdio" | "http";
  readonly enabled: boolean;
  /** Of a stdio server, with its arguments. */
  readonly command?: string;
  /** Of an HTTP server, secrets masked. */
  readonly url?: string;
  /** Only with `--check`. */
  readonly check?:
    | { readonly status: "ready"; readonly tools: number }
    | { readonly status: "failed"; readonly error: unknown };
}

/** `fairlead list`: what is configured, and with `--check` whether it works. */
export async function listCommand(
  flags: CommonFlags & { check?: boolean },
  terminal: Terminal,
): Promise<void> {
  await using context = await openContext(flags, terminal);
  const servers = [...context.config.servers.values()];
  const gate = createStartGate();
  const rows = await Promise.all(
    servers.map(async (server): Promise<ServerRow> => {
      const row = toRow(server);
      if (flags.check !== true || !server.enabled) return row;
      return { ...row, check: await gate.run(server.executor, () => check(server, context)) };
    }),
  );
  if (flags.json === true) {
    terminal.printJson({ servers: rows });
    return;
  }
  if (rows.length === 0) {
    terminal.tell("No server is configured yet. Add one: fairlead add NAME -- COMMAND");
    return;
  }
  const head = ["NAME", "EXECUTOR", "STATUS", "TRANSPORT", "COMMAND OR URL"];
  const cells = rows.map((row) => [
    row.name,
    row.executor,
    statusOf(row),
    row.transport,
    row.command ?? row.url ?? "",
  ]);
  terminal.print(formatTable(head, cells, process.stdout.columns ?? Number.POSITIVE_INFINITY));
  for (const row of rows) {
    if (row.check?.status !== "failed") continue;
    const error = toFairleadError(row.check.error);
    for (const line of [`${row.name}: ${error.message}`, ...lastWords(error)]) terminal.tell(line);
  }
}

function toRow(server: ServerConfig): ServerRow {
  return {
    name: server.name,
    executor: server.executor,
    transport: server.transport,
    enabled: server.enabled,
    ...(server.transport === "http"
      ? { url: maskUrl(server.url) }
      : { command: [server.command, ...server.args].join(" ") }),
  };
}

function statusOf(row: ServerRow): string {
  if (!row.enabled) return "disabled";
  if (row.check === undefined) return "enabled";
  return row.check.status === "ready" ? `ok, ${row.check.tools} tools` : "failed";
}

async function check(
  server: ServerConfig,
  context: CommandContext,
): Promise<NonNullable<ServerRow["check"]>> {
  try {
    await using connection = await openServer(server, context);
    const tools = await listAll(connection, "tools/list", { timeoutMs: server.startupTimeoutMs });
    return { status: "ready", tools: tools.items.length };
  } catch (thrown) {
    return { status: "failed", error: toFairleadError(thrown) };
  }
}
