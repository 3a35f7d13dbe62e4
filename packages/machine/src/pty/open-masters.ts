import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";

/** Our end of a pseudo terminal. */
export interface Master {
  readonly fd: number;
  /** Whether the descriptor is closed. Its number may belong to another file from then on. */
  readonly isClosed: boolean;
}

const masters = new Set<Master>();

/**
 * Remembers a master until it is closed. The library opens masters without close-on-exec and Node cannot set it, so every
 * child would get them all, read the terminals of others and keep them from being hung up.
 */
export function rememberMaster(master: Master): void {
  for (const known of masters) if (known.isClosed) masters.delete(known);
  masters.add(master);
}

/** What a spawn is given for each descriptor of the child. */
export type StdioEntry = "pipe" | "ignore" | number;

/**
 * Starts something with descriptors that put the null device over every open master, so that the child gets none.
 * Where no terminal is open, which is the rule, it is given what it asked for.
 */
export function withoutMasters<Spawned>(
  stdio: readonly StdioEntry[],
  start: (stdio: StdioEntry[]) => Spawned,
): Spawned {
  const open = [...masters].filter((master) => !master.isClosed);
  if (open.length === 0) return start([...stdio]);
  const cover = openSync(devNull, "r+");
  try {
    const covered: StdioEntry[] = [...stdio];
    for (const { fd } of open) {
      while (covered.length < fd) covered.push("ignore");
      covered[fd] = cover;
    }
    return start(covered);
  } finally {
    closeSync(cover);
  }
}
