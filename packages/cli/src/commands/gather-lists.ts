import { toFairleadError } from "@fairlead/core";
import { createStartGate, type ServerDefinition } from "@fairlead/host";
import { type ListedItem, type ListMethod, listAll, type McpConnection } from "@fairlead/mcp";
import type { Terminal } from "../output/terminal.js";
import { openDefinition } from "../runtime/one-server.js";
import type { CommandContext } from "./context.js";
import { enabledTargets, findTarget } from "./find-target.js";

/** Which servers are asked. */
export interface GatherOptions {
  readonly context: CommandContext;
  /** One of them; undefined: all that are enabled. */
  readonly name: string | undefined;
  /** Without a name: also connectors and what comes with Fairlead. */
  readonly all: boolean;
  readonly asJson: boolean;
  readonly terminal: Terminal;
}

/** What the servers had, and how many were asked. */
export interface Gathered<Row> {
  readonly rows: readonly Row[];
  readonly asked: number;
}

/**
 * Starts servers, a few at a time, and reads something of each. A failing one is told and makes the exit code, but hides
 * nothing of the others.
 * @throws FairleadError the first failure, where there is nothing to show beside it
 */
export async function gatherLists<Row>(
  options: GatherOptions,
  read: (connection: McpConnection, definition: ServerDefinition) => Promise<readonly Row[]>,
): Promise<Gathered<Row>> {
  const { context, name, terminal } = options;
  const targets =
    name === undefined ? await enabledTargets(context, options) : [await findTarget(name, context)];
  const gate = createStartGate();
  const ask = async (definition: ServerDefinition): Promise<readonly Row[]> => {
    await using connection = await openDefinition(definition, context);
    // Before the answer is there the connection must not be closed.
    return await read(connection, definition);
  };
  const results = await (async () => {
    using _progress = terminal.progress(`Asking ${targets.map((target) => target.name).join(", ")}`);
    return await Promise.allSettled(targets.map((target) => gate.run(target.executor, () => ask(target))));
  })();
  const rows = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  const failures = results.flatMap((result) =>
    result.status === "rejected" ? [toFairleadError(result.reason)] : [],
  );
  const [firstFailure] = failures;
  // With nothing to show, the failure is the answer; otherwise it is told beside what the others have.
  if (firstFailure !== undefined && rows.length === 0) throw firstFailure;
  for (const failure of failures) process.exitCode = terminal.fail(failure, options.asJson);
  return { rows, asked: targets.length };
}

/** Reads a list of a server that announces it; one that does not has nothing. */
export async function readAnnounced(
  connection: McpConnection,
  method: ListMethod,
  { definition, signal }: { readonly definition: ServerDefinition; readonly signal: AbortSignal },
): Promise<readonly ListedItem[]> {
  const announced: unknown = connection.initializeResult.value["capabilities"];
  const capability = method.slice(0, method.indexOf("/"));
  if (typeof announced !== "object" || announced === null || !(capability in announced)) return [];
  return (await listAll(connection, method, { signal, timeoutMs: definition.toolTimeoutMs })).items;
}
