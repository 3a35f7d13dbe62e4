import type { TreeOwner } from "./owner.js";

/** One tree as its owner notes it at the launch. Neither arguments nor environment: both may hold secrets. */
export interface JournaledTree {
  readonly treeId: string;
  /** The root of the tree. */
  readonly pid: number;
  /** When it was started, in the unit of the process system. */
  readonly startedAt: number;
  /** On the wall clock, for people. */
  readonly startedAtMs: number;
  /** The file name of the program. */
  readonly program: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What the root left behind when it ended; undefined while it runs. Its own numbers say nothing from then on. */
  readonly left?: readonly NotedProcess[] | undefined;
}

/** A process by what names it for ever. */
export interface NotedProcess {
  readonly pid: number;
  /** In the unit of the process system. */
  readonly startedAt: number;
}

/** An owner and the trees that it has not seen the end of. */
export interface Journal {
  readonly owner: TreeOwner;
  readonly trees: readonly JournaledTree[];
}

/** What the format is called. A reader that does not know it keeps its hands off. */
const format = "fairlead-trees-1";

/** The line that begins a journal. */
export function formatOwner(owner: TreeOwner): string {
  return `${JSON.stringify({ format, ...owner })}\n`;
}

/** The line that notes a tree; a later one of the same id replaces it. */
export function formatTree(tree: JournaledTree): string {
  return `${JSON.stringify({ tree })}\n`;
}

/** The line that notes the end of a tree. */
export function formatEnd(treeId: string): string {
  return `${JSON.stringify({ end: treeId })}\n`;
}

/**
 * Reads a journal. Lines that were torn by a sudden end, or that make no sense, are skipped.
 * @returns undefined if the first line is not that of an owner
 */
export function parseJournal(text: string): Journal | undefined {
  const [first, ...rest] = text.split("\n").map(parseLine);
  const owner = readOwner(first);
  if (owner === undefined) return undefined;
  const trees = new Map<string, JournaledTree>();
  for (const line of rest) {
    const tree = readTree(line?.["tree"]);
    if (tree !== undefined) trees.set(tree.treeId, tree);
    const end = line?.["end"];
    if (typeof end === "string") trees.delete(end);
  }
  return { owner, trees: [...trees.values()] };
}

type Values = Readonly<Record<string, unknown>>;

function parseLine(line: string): Values | undefined {
  try {
    return asValues(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function asValues(value: unknown): Values | undefined {
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

function readOwner(values: Values | undefined): TreeOwner | undefined {
  if (values === undefined || values["format"] !== format) return undefined;
  const { ownerId, pid, startedAt, host, bootId, pidNamespace, cgroupPath } = values as Partial<
    Record<keyof TreeOwner, unknown>
  >;
  const isOwner =
    isOwnerId(ownerId) &&
    (isPid(pid) || pid === 1) &&
    isTime(startedAt) &&
    isText(host) &&
    isText(bootId) &&
    isText(pidNamespace);
  if (!isOwner) return undefined;
  const path = isText(cgroupPath) ? cgroupPath : undefined;
  return { ownerId, pid, startedAt, host, bootId, pidNamespace, cgroupPath: path };
}

function readTree(value: unknown): JournaledTree | undefined {
  const { treeId, pid, startedAt, startedAtMs, program, labels, left } = (asValues(value) ?? {}) as Partial<
    Record<keyof JournaledTree, unknown>
  >;
  if (!isText(treeId) || !isPid(pid) || !isTime(startedAt) || !isTime(startedAtMs) || !isText(program)) {
    return undefined;
  }
  const texts = Object.entries(asValues(labels) ?? {}).filter((pair): pair is [string, string] =>
    isText(pair[1]),
  );
  const tree = { treeId, pid, startedAt, startedAtMs, program, labels: Object.fromEntries(texts) };
  return Array.isArray(left) ? { ...tree, left: left.flatMap(readNoted) } : tree;
}

function readNoted(value: unknown): readonly NotedProcess[] {
  const { pid, startedAt } = (asValues(value) ?? {}) as Partial<Record<keyof NotedProcess, unknown>>;
  return isPid(pid) && isTime(startedAt) ? [{ pid, startedAt }] : [];
}

/** It becomes a part of paths, and is looked for in environments. */
function isOwnerId(value: unknown): value is string {
  return isText(value) && /^o_\w+$/.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Above 1: what a broken journal could do to the first process of the system must not even be tried. */
function isPid(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 1;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
