import { createHash } from "node:crypto";
import { existsSync, type FSWatcher, readFileSync, realpathSync, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** What is watched, and who is told. */
export interface WatchFilesOptions {
  /** Absolute paths. They, and their folders, may be missing now, appear later and be replaced. */
  readonly files: readonly string[];
  /** Called when what they hold together is other than before. Must not throw. */
  readonly onChange: () => void;
  /** Told once per folder that cannot be watched. */
  readonly warn: (text: string) => void;
  /** How long a writer may take between two changes that belong together, in milliseconds. @default 100 */
  readonly quietMs?: number | undefined;
}

/**
 * Watches files by what they hold: saving one unchanged, or touching it, is no change. Links are followed. Does not keep a
 * process alive.
 */
export function watchFiles(options: WatchFilesOptions): Disposable {
  const { files, quietMs = 100 } = options;
  let timer: NodeJS.Timeout | undefined;
  let isDisposed = false;
  const stir = (): void => {
    clearTimeout(timer);
    if (!isDisposed) timer = setTimeout(look, quietMs).unref();
  };
  const folders = new FolderWatchers(stir, options.warn);
  const follow = (): void => {
    for (const file of files) {
      folders.add(file);
      folders.add(targetOf(file));
    }
  };
  // The files are small, and read at once: what happens from now on is a change to what they hold now.
  follow();
  let held = contentHash(files);
  const look = (): void => {
    follow();
    const now = contentHash(files);
    const isChanged = now !== held;
    held = now;
    if (isChanged) options.onChange();
  };
  return {
    [Symbol.dispose]() {
      isDisposed = true;
      clearTimeout(timer);
      folders[Symbol.dispose]();
    },
  };
}

/** Watches the folders of files, and not the files: editors replace a file by another one of its name. */
class FolderWatchers implements Disposable {
  readonly #stir: () => void;
  readonly #warn: (text: string) => void;
  /** By folder; the names that matter in it. */
  readonly #names = new Map<string, Set<string>>();
  readonly #watchers: FSWatcher[] = [];

  constructor(stir: () => void, warn: (text: string) => void) {
    this.#stir = stir;
    this.#warn = warn;
  }

  add(file: string): void {
    const folder = dirname(file);
    if (!existsSync(folder) && folder !== dirname(folder)) {
      // Once it appears, this is asked again.
      this.add(folder);
      return;
    }
    const known = this.#names.get(folder);
    if (known !== undefined) {
      known.add(basename(file));
      return;
    }
    const names = new Set([basename(file)]);
    this.#names.set(folder, names);
    const fail = (cause: unknown): void => {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#warn(`changes in ${folder} go unnoticed: it cannot be watched (${why})`);
    };
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || names.has(name)) this.#stir();
      });
      this.#watchers.push(watcher.on("error", fail));
    } catch (cause) {
      fail(cause);
    }
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close();
  }
}

/** Where a file really is; the file itself where it leads nowhere. */
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function contentHash(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const content = contentOf(file);
    hash.update(content === undefined ? "missing;" : `${content.length};`);
    if (content !== undefined) hash.update(content);
  }
  return hash.digest("hex");
}

function contentOf(file: string): Buffer | undefined {
  try {
    // Reading a pipe would wait for its writer.
    return statSync(file).isFile() ? readFileSync(file) : undefined;
  } catch {
    return undefined;
  }
}
