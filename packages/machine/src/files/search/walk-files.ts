import { createDeferred } from "@fairlead/core";
import type { FileSpace } from "../file-space.js";
import type { Held } from "../held.js";
import { extendChain, type IgnoreChain, isIgnored } from "../ignore/ignore-chain.js";
import { type Entry, readFolder } from "../list-folder.js";

/** Folders that are read at once: the disk has four threads, and others need them too. */
const foldersAtOnce = 3;
/** How long the event loop is kept before others get their turn. */
const turnMs = 4;
/** Folders that may wait to be read; what lies in more is left out, as what is beyond the entry limit. */
const mostWaiting = 200_000;

/** A file that a walk came by. */
export interface WalkedFile {
  /** From the start of the walk, with `/`. */
  readonly path: string;
  readonly kind: Entry["kind"];
}

/** How to walk. */
export interface WalkOptions {
  /** Where it begins; it stays held by whoever gives it. */
  readonly start: Held;
  /** The names that lead from the first folder of {@link chain} to the start. */
  readonly prefix: readonly string[];
  /** The ignore files above the start; undefined where nothing is to be left out. */
  readonly chain: IgnoreChain | undefined;
  readonly includeIgnored: boolean;
  readonly entryLimit: number;
  readonly onFile: (file: WalkedFile) => void;
  /** Aborting ends it soon. */
  readonly signal: AbortSignal;
}

/** How far a walk has come. */
export interface WalkProgress {
  scanned: number;
  skipped: number;
  isTruncated: boolean;
}

/** All that is kept of the entries of a large folder. */
type NamedEntry = Pick<Entry, "name" | "kind">;

interface Waiting {
  /** The names from the start on. */
  readonly path: string;
  readonly chain: IgnoreChain | undefined;
}

/** Walks through a folder and those in it, in no order. Links are not followed, and `.git` is left out. */
export function walkFiles(
  space: FileSpace,
  options: WalkOptions,
): { progress: WalkProgress; done: Promise<void> } {
  const walk = new Walk(space, options);
  return { progress: walk.progress, done: walk.run() };
}

class Walk {
  readonly progress: WalkProgress = { scanned: 0, skipped: 0, isTruncated: false };
  readonly #space: FileSpace;
  readonly #options: WalkOptions;
  readonly #waiting: Waiting[];
  readonly #done = createDeferred<void>();
  #active = 0;
  #turnEndsAtMs = 0;

  constructor(space: FileSpace, options: WalkOptions) {
    this.#space = space;
    this.#options = options;
    this.#waiting = [{ path: "", chain: options.chain }];
  }

  run(): Promise<void> {
    this.#pump();
    return this.#done.promise;
  }

  get #isOver(): boolean {
    return this.#options.signal.aborted || this.progress.scanned >= this.#options.entryLimit;
  }

  #pump(): void {
    while (this.#active < foldersAtOnce && !this.#isOver) {
      const next = this.#waiting.pop();
      if (next === undefined) break;
      this.#active += 1;
      void this.#visit(next)
        .catch(() => (this.progress.skipped += 1))
        .finally(() => {
          this.#active -= 1;
          this.#pump();
        });
    }
    if (this.#active > 0) return;
    if (this.#waiting.length > 0) this.progress.isTruncated = true;
    this.#done.resolve();
  }

  async #visit(folder: Waiting): Promise<void> {
    if (folder.path === "") {
      await this.#read(this.#options.start, folder);
      return;
    }
    const { start } = this.#options;
    await using held = await this.#space.hold(
      { doing: "search", path: pathBelow(start.path, folder.path) },
      "keep",
    );
    // A link has taken its place, or a file.
    if (!held.facts.isDirectory()) this.progress.skipped += 1;
    else await this.#read(held, folder);
  }

  async #read(held: Held, folder: Waiting): Promise<void> {
    const entries: NamedEntry[] = [];
    for await (const entry of readFolder(held)) {
      if (this.#isOver) break;
      this.progress.scanned += 1;
      if (this.progress.scanned >= this.#options.entryLimit) this.progress.isTruncated = true;
      if (entry.isText) entries.push({ name: entry.name, kind: entry.kind });
      else this.progress.skipped += 1;
    }
    const { prefix, includeIgnored } = this.#options;
    const names = folder.path === "" ? [...prefix] : [...prefix, ...folder.path.split("/")];
    const chain = includeIgnored
      ? undefined
      : await extendChain(folder.chain, { handle: held.handle, depth: names.length }, ignoreNamesOf(entries));
    for (const entry of entries) {
      if (performance.now() > this.#turnEndsAtMs) await this.#nextTurn();
      if (this.#options.signal.aborted) return;
      const { name, kind } = entry;
      const isFolder = kind === "directory";
      if (name === ".git") continue;
      if (chain !== undefined && isIgnored(chain, [...names, name], isFolder)) continue;
      const path = folder.path === "" ? name : `${folder.path}/${name}`;
      if (!isFolder) this.#options.onFile({ path, kind });
      else if (this.#waiting.length < mostWaiting) this.#waiting.push({ path, chain });
      else this.progress.isTruncated = true;
    }
  }

  async #nextTurn(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#turnEndsAtMs = performance.now() + turnMs;
  }
}

function ignoreNamesOf(entries: readonly NamedEntry[]): Parameters<typeof extendChain>[2] {
  const find = (name: string): NamedEntry | undefined => entries.find((entry) => entry.name === name);
  const git = find(".git");
  return {
    hasGit: git !== undefined,
    hasGitFolder: git?.kind === "directory",
    hasGitignore: find(".gitignore")?.kind === "file",
    hasIgnore: find(".ignore")?.kind === "file",
  };
}

function pathBelow(start: string, path: string): string {
  return start.endsWith("/") || start.endsWith("\\") ? `${start}${path}` : `${start}/${path}`;
}
