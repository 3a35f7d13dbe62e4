import { closeSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { formatEnd, formatOwner, formatTree, type JournaledTree, type NotedProcess } from "./journal-text.js";
import type { TreeOwner } from "./owner.js";

/** A journal is written anew once it holds this many lines about trees that are gone. */
const mostSpentLines = 512;

/** Windows does not put a file in the place of one that is open; elsewhere the old one is kept until the new one is there. */
const replacesClosedFilesOnly = process.platform === "win32";

/** Where an owner notes its trees, so that somebody else can end them if it cannot do so itself. */
export interface JournalWriter {
  readonly trees: ReadonlyMap<string, JournaledTree>;
  /** Notes a tree at once, without waiting for the disk. A failure is told by `onProblem` and stops nobody. */
  add(tree: JournaledTree): void;
  /** Notes that the root of a tree has ended, and what it left behind. Nothing for a tree that is not noted any more. */
  rootEnded(treeId: string, left: readonly NotedProcess[]): void;
  /** Notes that nothing is left of a tree. */
  end(treeId: string): void;
  /** Closes the file, and removes it if no tree is left. */
  close(): Promise<void>;
}

/** The folder of all journals of a state folder. */
export function journalFolder(stateDir: string): string {
  return join(stateDir, "run", "trees");
}

/** The file of one owner. */
export function journalPath(folder: string, ownerId: string): string {
  return join(folder, `${ownerId}.jsonl`);
}

/**
 * Makes the journal of an owner, private to its user. Its first line is there as soon as the file is, and every later one
 * is a single append, so that it can be read after a kill at any moment.
 * @param onProblem told when a line could not be written, for example on a full disk
 */
export async function createJournal(
  folder: string,
  owner: TreeOwner,
  onProblem: (cause: unknown) => void,
): Promise<JournalWriter> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = journalPath(folder, owner.ownerId);
  const trees = new Map<string, JournaledTree>();
  let spentLines = 0;
  let isTorn = false;
  let file: number | undefined = rewrite();

  /** Replaces the file as a whole by what is still true. */
  function rewrite(): number {
    const temporary = `${path}.new`;
    const lines = [formatOwner(owner), ...[...trees.values()].map(formatTree)];
    writeFileSync(temporary, lines.join(""), { mode: 0o600 });
    const opened = openSync(temporary, "a");
    renameSync(temporary, path);
    return opened;
  }

  function append(line: string): void {
    if (file === undefined) return;
    const bytes = Buffer.from(isTorn ? `\n${line}` : line);
    isTorn = true;
    try {
      isTorn = writeSync(file, bytes) < bytes.length;
      if (isTorn) onProblem(new Error("The disk took a part of the line only"));
    } catch (cause) {
      onProblem(cause);
    }
  }

  function compact(): void {
    spentLines = 0;
    try {
      if (replacesClosedFilesOnly) closeFile();
      const fresh = rewrite();
      closeFile();
      file = fresh;
      isTorn = false;
    } catch (cause) {
      onProblem(cause);
      if (replacesClosedFilesOnly) reopen();
    }
  }

  function closeFile(): void {
    if (file !== undefined) closeSync(file);
    file = undefined;
  }

  /** Goes on in the old file, which still tells the truth, only longer. */
  function reopen(): void {
    try {
      file = openSync(path, "a");
    } catch (cause) {
      onProblem(cause);
    }
  }

  return {
    trees,
    add: (tree) => {
      trees.set(tree.treeId, tree);
      append(formatTree(tree));
    },
    rootEnded: (treeId, left) => {
      const tree = trees.get(treeId);
      if (tree === undefined) return;
      const ended = { ...tree, left: left.map(({ pid, startedAt }) => ({ pid, startedAt })) };
      trees.set(treeId, ended);
      append(formatTree(ended));
      spentLines += 1;
    },
    end: (treeId) => {
      if (!trees.delete(treeId)) return;
      append(formatEnd(treeId));
      spentLines += 2;
      if (spentLines >= mostSpentLines && spentLines > 2 * trees.size) compact();
    },
    close: async () => {
      if (file === undefined) return;
      closeFile();
      if (trees.size === 0) await rm(path, { force: true });
    },
  };
}
