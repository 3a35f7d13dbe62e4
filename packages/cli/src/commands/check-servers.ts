import type { ServerConfig } from "@fairlead/config";
import { toFairleadError } from "@fairlead/core";
import { createStartGate } from "@fairlead/host";
import { listAll } from "@fairlead/mcp";
import type { Terminal } from "../output/terminal.js";
import { openServer } from "../runtime/one-server.js";
import { type CommandContext, openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** Whether a server works. */
export type ServerCheck =
  | { readonly status: "ready"; readonly tools: number }
  | { readonly status: "failed"; readonly error: unknown };

/** Starts servers, a few at a time, counts their tools, and stops them. */
export async function checkServers(
  servers: readonly ServerConfig[],
  flags: CommonFlags,
  terminal: Terminal,
): Promise<ReadonlyMap<string, ServerCheck>> {
  // The configuration's warnings were told already.
  await using context = await openContext(flags, { ...terminal, tell: () => {} });
  const gate = createStartGate();
  const checks = await Promise.all(
    servers.map(
      async (server) => [server.name, await gate.run(server.executor, () => check(server, context))] as const,
    ),
  );
  return new Map(checks);
}

async function check(server: ServerConfig, context: CommandContext): Promise<ServerCheck> {
  try {
    await using connection = await openServer(server, context);
    const { signal } = context;
    const tools = await listAll(connection, "tools/list", { signal, timeoutMs: server.startupTimeoutMs });
    return { status: "ready", tools: tools.items.length };
  } catch (thrown) {
    return { status: "failed", error: toFairleadError(thrown) };
  }
}
