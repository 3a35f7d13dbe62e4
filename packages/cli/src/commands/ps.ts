import { hostname } from "node:os";
import { maskServer } from "@fairlead/config";
import { type FairleadError, isFairleadError, toFairleadError } from "@fairlead/core";
import { askHosts } from "../control/ask-hosts.js";
import type { Terminal } from "../output/terminal.js";
import { isLocalExecutor } from "../runtime/is-local-executor.js";
import { readLocalTrees, readTrees, type TreeRow, withoutTwins } from "../runtime/list-trees.js";
import { type CommandContext, openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";
import { formatTrees } from "./ps-table.js";

/** The flags of `fairlead ps`. */
export interface PsFlags extends CommonFlags {
  readonly executor?: string;
}

/**
 * `fairlead ps`: the process trees on every configured executor and of every host on this machine. An executor that cannot
 * be asked is told as one failure, and makes the exit code, but hides nothing of the others.
 */
export async function psCommand(flags: PsFlags, terminal: Terminal): Promise<void> {
  await using context = await openContext(flags, terminal);
  const names =
    flags.executor === undefined ? ["local", ...context.config.executors.keys()] : [flags.executor];
  const [hosts, ...results] = await (async () => {
    using _progress = terminal.progress(`Asking ${names.join(", ")}`);
    return await Promise.all([askHosts(context.home), ...names.map((name) => tryList(name, context))]);
  })();
  const found = results.flatMap((result) => (isFairleadError(result) ? [] : result));
  const trees = withoutTwins(found).toSorted(byPlace);
  const failures = results.filter((result): result is FairleadError => isFairleadError(result));
  for (const failure of failures) {
    const exitCode = terminal.fail(failure, flags.json === true);
    process.exitCode ??= exitCode;
  }
  if (failures.length === names.length) return;
  if (flags.json === true) {
    // Whoever runs a program with a secret in its arguments told the executor, and not everybody who reads this.
    terminal.printJson({ trees: trees.map((tree) => maskServer(tree)) });
    return;
  }
  if (trees.length > 0) {
    terminal.print(
      formatTrees(trees, { machine: hostname(), hosts }, process.stdout.columns ?? Number.POSITIVE_INFINITY),
    );
  } else if (failures.length === 0) {
    terminal.tell("Nothing is running");
  }
}

async function tryList(name: string, context: CommandContext): Promise<readonly TreeRow[] | FairleadError> {
  try {
    if (isLocalExecutor(name)) return await readLocalTrees(context.home);
    return await readTrees(await context.pool.open(name, context.signal));
  } catch (thrown) {
    return toFairleadError(thrown);
  }
}

function byPlace(one: TreeRow, other: TreeRow): number {
  return (
    one.executor.localeCompare(other.executor) ||
    one.server.localeCompare(other.server) ||
    one.pid - other.pid
  );
}
