import { plainCell } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { formatBytes, formatDuration } from "../output/units.js";
import { isLocalExecutor } from "../runtime/is-local-executor.js";
import { readLocalTrees, readTrees, type TreeRow } from "../runtime/list-trees.js";
import { openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead executor describe`: what an executor says about its machine, its limits and its load. */
export async function executorDescribeCommand(
  name: string | undefined,
  flags: CommonFlags,
  terminal: Terminal,
): Promise<void> {
  await using context = await openContext(flags, terminal);
  using progress = terminal.progress(`Asking ${name ?? context.config.defaultExecutor}`);
  const session = await context.pool.open(name, context.signal);
  const description = await session.describe();
  const trees = summarizeTrees(
    isLocalExecutor(session.name) ? await readLocalTrees(context.home) : await readTrees(session),
  );
  progress[Symbol.dispose]();
  if (flags.json === true) {
    terminal.printJson({ name: session.name, ...description, trees });
    return;
  }
  const { machine, limits } = description;
  const { hostname, os, arch, pathConvention, home, shell } = machine;
  const features = description.features.length === 0 ? ["none beyond the base"] : description.features;
  const lines = [
    `${session.name}: ${hostname}, ${os} ${arch}`,
    `  version    ${machine.executorVersion}, up ${formatDuration(description.uptimeMs)}`,
    `  paths      ${pathConvention}, home ${home}, shell ${shell}`,
    `  load       sessions ${description.sessions}, processes ${description.processes}`,
    `  trees      ${describeTrees(trees)}`,
    `  limits     ${limits.processesPerSession} processes per session, ${limits.processesPerExecutor} in all`,
    `  features   ${features.join(", ")}`,
  ];
  // What an executor says about itself keeps to its line.
  for (const line of lines) terminal.print(plainCell(line));
}

interface TreeSummary {
  readonly count: number;
  readonly processes: number;
  readonly memoryBytes: number;
  /** Of the tree that has been there longest; 0 where there is none. */
  readonly oldestAgeMs: number;
}

function summarizeTrees(trees: readonly TreeRow[]): TreeSummary {
  return {
    count: trees.length,
    processes: trees.reduce((sum, { tree }) => sum + tree.length, 0),
    memoryBytes: trees.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    oldestAgeMs: Math.max(0, ...trees.map(({ ageMs }) => ageMs)),
  };
}

function describeTrees({ count, processes, memoryBytes, oldestAgeMs }: TreeSummary): string {
  if (count === 0) return "none of ours";
  return `${count} of ours, ${processes} processes, ${formatBytes(memoryBytes)}, oldest ${formatDuration(oldestAgeMs)}`;
}
