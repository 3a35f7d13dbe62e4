import { type FSWatcher, watch } from "node:fs";
import { mkdir } from "node:fs/promises";
import type { LogEntry } from "./log-entry.js";
import { type LogQuery, type ReadMarks, readFurther } from "./read-log.js";

/** Where no change is told, as on network file systems, logs are looked at so often. */
const lookEveryMs = 1_000;

/** Many lines within so little time are one look. */
const gatherMs = 20;

/** What is followed, and from where on. */
export interface FollowOptions {
  readonly query: Pick<LogQuery, "server" | "sinceMs">;
  /** How far everything was read already. */
  readonly marks: ReadMarks;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Gives entries as they are written, a few at a time: also of servers that start later, and across files that are put aside.
 * Ends when the signal is aborted.
 */
export async function* followLog(
  folder: string,
  { query, marks, signal }: FollowOptions,
): AsyncGenerator<readonly LogEntry[], void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  using changes = watchFolder(folder, signal);
  while (!signal.aborted) {
    const entries = await readFurther(folder, query, marks);
    if (entries.length > 0) yield entries;
    await changes.next();
  }
}

interface Changes extends Disposable {
  /** Settles when there may be something new, or nobody wants to know any more. */
  next(): Promise<void>;
}

function watchFolder(folder: string, signal: AbortSignal): Changes {
  let hasChanged = false;
  let wake: (() => void) | undefined;
  let gathering: NodeJS.Timeout | undefined;
  const tell = (): void => {
    hasChanged = true;
    wake?.();
  };
  const onChange = (): void => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      tell();
    }, gatherMs);
  };
  const watcher = tryWatch(folder, onChange);
  const looking = setInterval(tell, lookEveryMs);
  signal.addEventListener("abort", tell, { once: true });
  return {
    async next() {
      if (!hasChanged && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      hasChanged = false;
    },
    [Symbol.dispose]() {
      signal.removeEventListener("abort", tell);
      clearInterval(looking);
      clearTimeout(gathering);
      watcher?.close();
    },
  };
}

/** There may be no watches left, or none on this file system; looking now and then is enough. */
function tryWatch(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(folder, onChange).on("error", () => {});
  } catch {
    return undefined;
  }
}
