import { hostname } from "node:os";
import type { ProcessExit, TreeProcess } from "@fairlead/core";
import type { ExecutorSession, ListedProcess } from "@fairlead/link";
import { listJournaledTrees } from "@fairlead/machine";

/** One process tree, wherever it runs. */
export interface TreeRow {
  readonly executor: string;
  /** The name of its machine. */
  readonly host: string;
  /** The configured server, or the name of the program where it is none. */
  readonly server: string;
  /** Who started it: the client by its own word, or the executor by its pid. */
  readonly client: string;
  /** Of its root. */
  readonly pid: number;
  readonly program: string;
  /** Unset where only the journal tells of it, which keeps none. */
  readonly args?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Resident memory of all its processes; what they share is counted once for each. */
  readonly memoryBytes: number;
  /** Since its start, also where it has ended. */
  readonly ageMs: number;
  /** How its root ended; unset while it runs. */
  readonly exit?: ProcessExit;
  /** Its living processes. */
  readonly tree: readonly TreeProcess[];
}

const unknownExit: ProcessExit = { reason: "exited", code: null, signal: null };

/** Asks an executor for all trees of our principal, whichever session they belong to. @throws FairleadError */
export async function readTrees(session: ExecutorSession): Promise<readonly TreeRow[]> {
  const { hostname: host, clockMs } = session.machine;
  const listed = await session.listProcesses({ allSessions: true, withTrees: true });
  return listed.map((process) => ({
    executor: session.name,
    host,
    server: serverName(process),
    client: process.clientName,
    pid: process.pid,
    program: process.program,
    args: process.args,
    labels: process.labels,
    memoryBytes: sumMemory(process.tree),
    // Both times are of the executor's clock, so that a wrong one does no harm.
    ageMs: ageOf(process, clockMs),
    ...(process.exit === undefined ? {} : { exit: process.exit }),
    tree: process.tree,
  }));
}

/**
 * Finds the trees of all hosts on this machine that share a home: each of them runs an executor of its own, which notes
 * them in a journal.
 */
export async function readLocalTrees(home: string): Promise<readonly TreeRow[]> {
  const listed = await listJournaledTrees(home);
  return listed.map(({ ownerPid, rootPid: pid, program, labels, startedAtMs, processes: tree }) => ({
    executor: "local",
    host: hostname(),
    server: serverName({ labels, program }),
    client: `pid ${ownerPid}`,
    pid,
    program,
    labels,
    memoryBytes: sumMemory(tree),
    ageMs: ageOf({ pid, startedAtMs, tree }, Date.now()),
    ...(tree.some((process) => process.pid === pid) ? {} : { exit: unknownExit }),
    tree,
  }));
}

/** An executor on this machine that shares our home tells of its trees, and its journal does too. */
export function withoutTwins(trees: readonly TreeRow[]): readonly TreeRow[] {
  const told = new Set(trees.flatMap((tree) => (tree.executor === "local" ? [] : [identityOf(tree)])));
  return trees.filter((tree) => tree.executor !== "local" || !told.has(identityOf(tree)));
}

function identityOf({ host, pid }: TreeRow): string {
  return `${pid} ${host}`;
}

function serverName({ labels, program }: Pick<TreeRow, "labels" | "program">): string {
  return labels["server"] ?? program.split(/[/\\]/).at(-1) ?? program;
}

function sumMemory(tree: readonly TreeProcess[]): number {
  return tree.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
}

function ageOf(
  { pid, startedAtMs, tree }: Pick<ListedProcess, "pid" | "startedAtMs" | "tree">,
  clockMs: number,
): number {
  return tree.find((process) => process.pid === pid)?.ageMs ?? Math.max(0, clockMs - startedAtMs);
}
