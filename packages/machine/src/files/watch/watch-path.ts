import { type FSWatcher, watch } from "node:fs";
import { lstat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { BoundedQueue, type FileCallOptions, type FileEvent, type FileWatch } from "@fairlead/core";
import { errnoOf, type FileTask, fileFailure, toFileError } from "../file-errors.js";
import type { FileSpace } from "../file-space.js";
import type { Held } from "../held.js";
import { readFolder, uriOf } from "../list-folder.js";
import { isTemporaryName } from "../temporary-name.js";
import { canceledHere, throwIfAborted } from "../throw-if-aborted.js";

/** What happens to one name within this time is told as one event. */
const gatherMs = 10;
/** Events that may wait for their reader. */
const mostWaiting = 1_000;
/** In a larger folder a file that is replaced is told as created. */
const mostKnown = 10_000;

/** Watches a file, or the direct entries of a folder. */
export async function watchPath(
  space: FileSpace,
  path: string,
  options: FileCallOptions = {},
): Promise<FileWatch> {
  const task: FileTask = { doing: "watch", path };
  throwIfAborted(options.signal, task);
  await using held = await space.hold(task);
  const isFolder = held.facts.isDirectory();
  // A file is watched by its name: the one that replaces it is another one.
  await using parent = isFolder ? undefined : await space.hold({ ...task, path: dirname(held.path) }, "keep");
  const folder = parent ?? held;
  const only = isFolder ? undefined : basename(held.path);
  const running = new FolderWatch(space, folder, only);
  try {
    await running.start(folder, only);
    await folder.confirm();
    throwIfAborted(options.signal, task);
  } catch (error) {
    await running.close();
    throw isOutOfWatches(error) ? tooMany(task) : toFileError(error, task);
  }
  running.stopWith(options.signal);
  return running;
}

class FolderWatch implements FileWatch {
  readonly #space: FileSpace;
  readonly #path: string;
  readonly #identity: { readonly dev: bigint; readonly ino: bigint };
  readonly #only: string | undefined;
  /** How the system calls the folder itself in its events. */
  readonly #selfName: string;
  readonly #uri: string;
  readonly #queue: BoundedQueue<FileEvent>;
  readonly #pending = new Map<string, "rename" | "change">();
  #known: Set<string> | undefined = new Set();
  #watcher: FSWatcher | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #telling: Promise<void> = Promise.resolve();
  #forget: () => void = () => {};

  constructor(space: FileSpace, folder: Held, only: string | undefined) {
    this.#space = space;
    this.#path = folder.path;
    this.#identity = { dev: folder.facts.dev, ino: folder.facts.ino };
    this.#only = only;
    this.#selfName = basename(folder.handle);
    this.#uri = space.toUri(only === undefined ? folder.path : join(folder.path, only));
    this.#queue = new BoundedQueue<FileEvent>({
      limit: mostWaiting,
      overflow: () => ({ type: "overflow", uri: this.#uri }),
      onReturn: () => this.#stop(),
    });
  }

  async start(folder: Held, only: string | undefined): Promise<void> {
    this.#watcher = watch(folder.handle, (type, name) => this.#happened(type, name));
    this.#watcher.on("error", () => this.#happened("rename", null));
    if (only !== undefined) {
      this.#known?.add(only);
      return;
    }
    for await (const { name } of readFolder(folder)) {
      this.#known?.add(name);
      if ((this.#known?.size ?? 0) <= mostKnown) continue;
      this.#known = undefined;
      break;
    }
  }

  /** Ends it when the signal is aborted, which whoever iterates is told. */
  stopWith(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const onAbort = (): void => {
      this.#stop();
      this.#queue.fail(canceledHere(signal, { doing: "watch", path: this.#path }));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#forget = () => signal.removeEventListener("abort", onAbort);
  }

  close(): Promise<void> {
    this.#stop();
    this.#queue.end();
    return this.#telling;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<FileEvent> {
    return this.#queue;
  }

  #stop(): void {
    this.#forget();
    clearTimeout(this.#gathering);
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #happened(type: "rename" | "change", name: string | null): void {
    const what = name ?? this.#selfName;
    const isSelf = what === this.#selfName;
    if (!isSelf && this.#only !== undefined && what !== this.#only) return;
    if (isTemporaryName(what)) return;
    if (this.#pending.get(what) !== "rename") this.#pending.set(what, type);
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      const pending = [...this.#pending];
      this.#pending.clear();
      this.#telling = this.#telling.then(() => this.#tell(pending));
    }, gatherMs);
  }

  async #tell(pending: readonly (readonly [name: string, type: "rename" | "change"])[]): Promise<void> {
    if (pending.length > mostWaiting) {
      this.#queue.push({ type: "overflow", uri: this.#uri });
      return;
    }
    for (const [name, type] of pending) {
      if (name === this.#selfName && !(await this.#isStillThere())) {
        this.#queue.push({ type: "removed", uri: this.#uri });
        this.#stop();
        this.#queue.end();
        return;
      }
      if (this.#only === undefined || name === this.#only) await this.#tellOf(name, type);
    }
  }

  async #tellOf(name: string, type: "rename" | "change"): Promise<void> {
    const isThere = await exists(join(this.#path, name));
    const wasThere = this.#known?.has(name) ?? (type === "change" || !isThere);
    // What came and went at once, or the folder itself under the name that the system has for it.
    if (!isThere && !wasThere) return;
    if (isThere) this.#known?.add(name);
    else this.#known?.delete(name);
    const uri = uriOf(this.#space, this.#path, name) ?? this.#uri;
    this.#queue.push({ type: isThere ? (wasThere ? "changed" : "created") : "removed", uri });
  }

  async #isStillThere(): Promise<boolean> {
    const now = await lstat(this.#path, { bigint: true }).catch(() => undefined);
    return now?.ino === this.#identity.ino && now.dev === this.#identity.dev;
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Linux calls it "no space" when a user has all the watches that it may have. */
function isOutOfWatches(error: unknown): boolean {
  return errnoOf(error) === "ENOSPC";
}

function tooMany(task: FileTask): Error {
  return fileFailure(
    ["resource_exhausted", "limit_reached", "this user watches as much as the system allows"],
    task,
  );
}
