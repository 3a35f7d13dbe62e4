/**
 * What holds the processes of a tree, or of several, so that none escapes by leaving its parent: a cgroup on Linux, a job
 * on Windows. Nothing here throws: it is a help, never a condition.
 */
export interface TreeEnclosure {
  /** Everybody in it and in those below it. */
  pids(): readonly number[];
  /** Moves a process in; its later children are born there. @returns whether that was allowed */
  add(pid: number): boolean;
  /** Runs what makes a child, so that the child is born in here where the system can do that. */
  enclose<T>(fork: () => T): { readonly made: T; readonly isInside: boolean };
  /** Moves a process in if it is where our own children are born; one that somebody moved elsewhere is left there. */
  fetch(pid: number): void;
  /** Kills everybody in it and below it at one blow, also those who are just being forked; never while we are in it. */
  kill(): void;
  /** Gives it up. Does nothing while a process is left in it. */
  remove(): Promise<void>;
}

/** Several enclosures as one, read anew at each use. Nothing can be put into it. */
export function joinEnclosures(parts: () => readonly TreeEnclosure[]): TreeEnclosure {
  return {
    pids: () => parts().flatMap((part) => part.pids()),
    add: () => false,
    enclose: (fork) => ({ made: fork(), isInside: false }),
    fetch: () => {},
    kill: () => {
      for (const part of parts()) part.kill();
    },
    remove: async () => {
      await Promise.all(parts().map((part) => part.remove()));
    },
  };
}
