import type { Starter } from "./own-labels.js";

/** What is known of the programs that start servers. */
export interface KnownStarters {
  /** The name of this machine. */
  readonly machine: string;
  /** The hosts that run here. */
  readonly hosts: readonly { readonly pid: number; readonly url?: string }[];
}

/**
 * Says who started something, as a person would look for it: `serve 4711` and `hub 4711` are hosts that run here, by process
 * id; of another machine, its name stands before the id.
 */
export function describeStarter({ host, pid }: Starter, { machine, hosts }: KnownStarters): string {
  if (host !== machine) return `${host} ${pid}`;
  const found = hosts.find((known) => known.pid === pid);
  if (found === undefined) return `pid ${pid}`;
  return found.url === undefined ? `serve ${pid}` : `hub ${pid}`;
}
