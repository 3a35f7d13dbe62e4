import type { ExitReason } from "@fairlead/core";
import { plainCell } from "../output/plain-text.js";
import { type Column, formatTable } from "../output/table.js";
import { formatBytes, formatDuration } from "../output/units.js";
import { describeStarter, type KnownStarters } from "../runtime/describe-starter.js";
import type { TreeRow } from "../runtime/list-trees.js";
import { starterOf } from "../runtime/own-labels.js";

const columns: readonly Column[] = [
  { title: "EXECUTOR", shrinks: true },
  { title: "SERVER", shrinks: true },
  { title: "STARTED BY", shrinks: true },
  { title: "PID", align: "right" },
  { title: "PROCS", align: "right" },
  { title: "MEMORY", align: "right" },
  { title: "AGE", align: "right" },
  { title: "STATE" },
];

const endings: Readonly<Record<ExitReason, string>> = {
  exited: "by itself",
  stopped: "stopped",
  session_lost: "session lost",
  lease_expired: "lease expired",
  output_limit: "output limit",
  executor_shutdown: "executor shutdown",
};

/** Lays trees out as a table, one line each. What they call themselves cannot leave its cell. */
export function formatTrees(trees: readonly TreeRow[], known: KnownStarters, widthChars: number): string {
  const rows = trees.map((tree) => [
    plainCell(tree.executor),
    plainCell(tree.server),
    plainCell(startedBy(tree, known)),
    String(tree.pid),
    String(tree.tree.length),
    formatBytes(tree.memoryBytes),
    formatDuration(tree.ageMs),
    plainCell(describeState(tree)),
  ]);
  return formatTable(columns, rows, widthChars);
}

/** Programs that are not ours say what they are; where only a journal tells, there is the executor's process id. */
function startedBy({ labels, client }: TreeRow, known: KnownStarters): string {
  const starter = starterOf(labels);
  if (starter === undefined) return client;
  const { command } = labels;
  const told = describeStarter(starter, known);
  return command === undefined ? told : told.replace(/^pid /, `${command} `);
}

function describeState({ exit }: TreeRow): string {
  if (exit === undefined) return "running";
  if (exit.reason !== "exited") return `ended: ${endings[exit.reason]}`;
  if (exit.signal !== null) return `ended: ${exit.signal}`;
  return exit.code === null ? `ended: ${endings.exited}` : `ended: code ${exit.code}`;
}
