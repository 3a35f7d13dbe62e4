import { isJsonObject } from "@fairlead/core";
import type { LiveHost } from "../control/ask-hosts.js";
import type { ControlServer } from "../control/control-messages.js";
import type { TreeRow } from "../runtime/list-trees.js";
import { type Starter, starterOf } from "../runtime/own-labels.js";

/** One line of `fairlead top`: a server as one host has it, or a tree that no host of this machine knows of. */
export interface TopRow {
  readonly server: string;
  readonly executor: string;
  /** The host; unset for what was started by others. */
  readonly startedBy?: Starter;
  /** As the host tells it; `running` where none does. */
  readonly state: string;
  /** The roots of its trees. */
  readonly pids: readonly number[];
  readonly processCount: number;
  /** Of one processor, since the last look; unset before the second one, and where a system does not tell. */
  readonly cpuPercent?: number;
  readonly memoryBytes: number;
  readonly calls?: { readonly active: number; readonly total: number; readonly failed: number };
  /** Agents that hold it. */
  readonly agentCount?: number;
  readonly toolCount?: number;
  /** Of its oldest tree, else since when it is in this state. */
  readonly ageMs?: number;
  /** The last thing that went wrong. */
  readonly lastFailure?: { readonly reason: string; readonly message: string; readonly atMs: number };
}

/** What rows are made of. */
export interface TopSources {
  readonly hosts: readonly LiveHost[];
  /** The running trees. */
  readonly trees: readonly TreeRow[];
  /** The name of this machine. */
  readonly machine: string;
  /** How busy a tree is, where that is known. */
  readonly cpuOf: (tree: TreeRow) => number | undefined;
  readonly nowMs: number;
}

const stateOrder = ["starting", "restarting", "broken", "failed", "ready", "running", "idle"];

/** Joins what hosts say of their servers with the trees that were found; what needs somebody comes first. */
export function toTopRows(sources: TopSources): readonly TopRow[] {
  const { hosts, trees, machine } = sources;
  const taken = new Set<TreeRow>();
  const rows = hosts.flatMap(({ pid, servers }) =>
    servers.flatMap((server): readonly TopRow[] => {
      const own = trees.filter((tree) => {
        const starter = starterOf(tree.labels);
        return starter?.pid === pid && starter.host === machine && tree.server === server.name;
      });
      for (const tree of own) taken.add(tree);
      return [hostRow(server, { pid, own, sources })];
    }),
  );
  const others = trees.filter((tree) => !taken.has(tree)).map((tree) => strangerRow(tree, sources));
  return [...rows, ...others].toSorted(
    (one, other) =>
      stateOrder.indexOf(one.state) - stateOrder.indexOf(other.state) ||
      one.server.localeCompare(other.server) ||
      (one.pids[0] ?? 0) - (other.pids[0] ?? 0),
  );
}

function hostRow(
  server: ControlServer,
  {
    pid,
    own,
    sources,
  }: { readonly pid: number; readonly own: readonly TreeRow[]; readonly sources: TopSources },
): TopRow {
  const { name, executor, state } = server;
  const { consumerCount, toolCount, sinceMs, calls, lastFailure } = server;
  const since = typeof sinceMs === "number" ? Math.max(0, sources.nowMs - sinceMs) : undefined;
  return {
    server: name,
    executor,
    startedBy: { host: sources.machine, pid },
    state,
    ...sumOf(own, sources),
    ...(isCalls(calls) ? { calls } : {}),
    ...(typeof consumerCount === "number" ? { agentCount: consumerCount } : {}),
    ...(typeof toolCount === "number" ? { toolCount } : {}),
    ...withAge(own.length === 0 ? since : oldestMs(own)),
    ...(isFailure(lastFailure) ? { lastFailure: failureOf(lastFailure) } : {}),
  };
}

function strangerRow(tree: TreeRow, sources: TopSources): TopRow {
  const starter = starterOf(tree.labels);
  return {
    server: tree.server,
    executor: tree.executor,
    ...(starter === undefined ? {} : { startedBy: starter }),
    state: "running",
    ...sumOf([tree], sources),
    ...withAge(tree.ageMs),
  };
}

function sumOf(
  trees: readonly TreeRow[],
  { cpuOf }: TopSources,
): Pick<TopRow, "pids" | "processCount" | "memoryBytes" | "cpuPercent"> {
  const loads = trees.flatMap((tree) => cpuOf(tree) ?? []);
  return {
    pids: trees.map(({ pid }) => pid),
    processCount: sum(trees.map(({ tree }) => tree.length)),
    memoryBytes: sum(trees.map(({ memoryBytes }) => memoryBytes)),
    ...(loads.length === 0 ? {} : { cpuPercent: sum(loads) }),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function oldestMs(trees: readonly TreeRow[]): number {
  return Math.max(...trees.map(({ ageMs }) => ageMs));
}

function withAge(ageMs: number | undefined): { readonly ageMs?: number } {
  return ageMs === undefined ? {} : { ageMs };
}

function isCalls(value: unknown): value is NonNullable<TopRow["calls"]> {
  return isJsonObject(value) && ["active", "total", "failed"].every((key) => typeof value[key] === "number");
}

function isFailure(value: unknown): value is NonNullable<TopRow["lastFailure"]> {
  return (
    isJsonObject(value) &&
    typeof value["reason"] === "string" &&
    typeof value["message"] === "string" &&
    typeof value["atMs"] === "number"
  );
}

/** Without the last words of the server, which `fairlead logs` has. */
function failureOf({
  reason,
  message,
  atMs,
}: NonNullable<TopRow["lastFailure"]>): NonNullable<TopRow["lastFailure"]> {
  return { reason, message, atMs };
}
