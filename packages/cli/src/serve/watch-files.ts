import { createHash } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** What is watched, and who is told. */
export interface WatchFilesOptions {
  /** Absolute paths. They may be missing now, appear later and be replaced; their folders must be there. */
  readonly files: readonly string[];
  /** Called when what they hold together is other than before. Must not throw. */
  readonly onChange: () => void;
  /** Told once per folder that cannot be watched. */
  readonly warn: (text: string) => void;
  /** How long a writer may take between two changes that belong together, in milliseconds. @default 100 */
  readonly quietMs?: number | undefined;
}

/** Watches files by what they hold: saving one unchanged, or touching it, is no change. Does not keep a process alive. */
export function watchFiles(options: WatchFilesOptions): Disposable {
  const { files, quietMs = 100 } = options;
  let held: Promise<string> = contentHash(files);
  let timer: NodeJS.Timeout | undefined;
  let isDisposed = false;

  const look = (): void => {
    const before = held;
    held = before.then(async (former) => {
      const now = await contentHash(files);
      if (now !== former && !isDisposed) options.onChange();
      return now;
    });
  };
  const stir = (): void => {
    clearTimeout(timer);
    if (!isDisposed) timer = setTimeout(look, quietMs).unref();
  };
  // A folder and not the file: editors replace a file by another one of its name.
  const watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((folder): FSWatcher[] => {
    const names = new Set(files.filter((file) => dirname(file) === folder).map((file) => basename(file)));
    const fail = (cause: unknown): void => {
      const why = cause instanceof Error ? cause.message : String(cause);
      options.warn(`changes in ${folder} go unnoticed: it cannot be watched (${why})`);
    };
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || names.has(name)) stir();
      });
      return [watcher.on("error", fail)];
    } catch (cause) {
      fail(cause);
      return [];
    }
  });
  return {
    [Symbol.dispose]() {
      isDisposed = true;
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

async function contentHash(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) {
    const content = await readFile(file).catch(() => undefined);
    hash.update(content === undefined ? "missing;" : `${content.length};`);
    if (content !== undefined) hash.update(content);
  }
  return hash.digest("hex");
}
