import { hostname } from "node:os";

/** A program of ours that started something. */
export interface Starter {
  /** The name of its machine. */
  readonly host: string;
  readonly pid: number;
}

/** What every tree that this process starts is labelled with, so that lists can tell whose it is, on whatever machine. */
export function ownLabels(): Readonly<Record<string, string>> {
  return { host: hostname(), hostPid: String(process.pid) };
}

/** Who started a tree, by its labels; undefined where it was no program of ours, or an older one. */
export function starterOf(labels: Readonly<Record<string, string>>): Starter | undefined {
  const { host, hostPid } = labels;
  const pid = Number(hostPid);
  return host === undefined || !Number.isSafeInteger(pid) ? undefined : { host, pid };
}
