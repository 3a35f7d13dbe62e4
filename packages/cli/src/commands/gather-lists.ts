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

/** What the servers had, how many were asked, and how many of them failed. */
export interface Gathered<Row> {
  readonly rows: readonly Row[];
  readonly asked: number;
  readonly failed: number;
}

/**
 * Starts servers, a few at a time, and reads something of each. Each that fails is told, and the first makes the exit code,
 * but none hides what the others have, or why they fail.
 * @throws FairleadError why the only one failed, or that it was interrupted
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
  if (firstFailure !== undefined && targets.length === 1) throw firstFailure;
  context.signal.throwIfAborted();
  const exits = failures.map((failure) => terminal.fail(failure, options.asJson));
  if (exits[0] !== undefined) process.exitCode = exits[0];
  return { rows, asked: targets.length, failed: failures.length };
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

/** Reads the templates of a server. Many announce resources, have no templates, and know no such method. */
export async function readTemplates(
  connection: McpConnection,
  options: { readonly definition: ServerDefinition; readonly signal: AbortSignal },
): Promise<readonly ListedItem[]> {
  try {
    return await readAnnounced(connection, "resources/templates/list", options);
  } catch (thrown) {
    if (toFairleadError(thrown).reason === "peer_error") return [];
    throw thrown;
  }
}
