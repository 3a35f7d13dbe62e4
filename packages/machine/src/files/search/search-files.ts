import {
  checkSearchOptions,
  createDeferred,
  type SearchMatch,
  type SearchOptions,
  type SearchUpdate,
  settlesWithinMs,
} from "@fairlead/core";
import { type FileTask, refusal } from "../file-errors.js";
import type { FileSpace } from "../file-space.js";
import type { Held } from "../held.js";
import { uriOf } from "../list-folder.js";
import { throwIfAborted } from "../throw-if-aborted.js";
import { readChainAbove } from "./chain-above.js";
import { createFuzzyMatcher, type FuzzyMatcher } from "./fuzzy-match.js";
import { TopMatches } from "./top-matches.js";
import { type WalkedFile, type WalkProgress, walkFiles } from "./walk-files.js";

const defaultLimit = 100;
const mostMatches = 1_000;
const mostEntries = 1_000_000;
/** A small folder needs no second update; in a large one the first comes soon. */
const firstUpdateMs = 15;
/** Pause between updates; a person sees no more of them. */
const updateMs = 50;

interface Found extends WalkedFile {
  readonly score: number;
}

/** Looks for files. The walk begins with the first update that is asked for, and ends with the loop. */
export async function* searchFiles(
  space: FileSpace,
  uri: string,
  options: SearchOptions,
): AsyncGenerator<SearchUpdate, void, undefined> {
  checkSearchOptions(options);
  const { limit = defaultLimit, entryLimit = mostEntries } = options;
  const task: FileTask = { doing: "search", path: space.toNative(uri) };
  const { signal: outer } = options;
  throwIfAborted(outer, task);
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  await using start = await space.hold(task);
  throwIfAborted(outer, task);
  outer?.addEventListener("abort", onAbort, { once: true });
  let walked: Promise<void> | undefined;
  try {
    if (!start.facts.isDirectory()) throw refusal("ENOTDIR", task);
    const matcher = createFuzzyMatcher(options.query);
    const best = new TopMatches<Found>(Math.min(limit, mostMatches));
    let changed = createDeferred<void>();
    const walk = walkFiles(space, {
      start,
      ...(options.includeIgnored === true
        ? { chain: undefined, prefix: [] }
        : await readChainAbove(space, start)),
      includeIgnored: options.includeIgnored === true,
      entryLimit: Math.min(entryLimit, mostEntries),
      signal: stop.signal,
      onFile: (file) => {
        const score = matcher.score(file.path);
        if (score !== undefined && best.couldKeep(score) && best.add({ ...file, score })) changed.resolve();
      },
    });
    walked = walk.done;
    const render = (isDone: boolean): SearchUpdate =>
      toUpdate({ space, start, matcher }, best.sorted(), { ...walk.progress, isDone });
    for (let pauseMs = firstUpdateMs; ; pauseMs = updateMs) {
      await Promise.race([walked, changed.promise]);
      const isDone = await settlesWithinMs(walked, pauseMs);
      throwIfAborted(outer, task);
      if (isDone) break;
      changed = createDeferred();
      yield render(false);
    }
    yield render(true);
  } finally {
    outer?.removeEventListener("abort", onAbort);
    stop.abort();
    await walked;
  }
}

function toUpdate(
  { space, start, matcher }: { space: FileSpace; start: Held; matcher: FuzzyMatcher },
  best: readonly Found[],
  progress: WalkProgress & { readonly isDone: boolean },
): SearchUpdate {
  const matches = best.flatMap(({ path, kind, score }): SearchMatch[] => {
    const native = space.convention === "windows" ? path.replaceAll("/", "\\") : path;
    const uri = uriOf(space, start.path, native);
    const positions = matcher.match(path)?.positions ?? [];
    return uri === undefined ? [] : [{ uri, path, kind, score, positions }];
  });
  const { scanned, skipped, isTruncated, isDone } = progress;
  return { matches, scannedCount: scanned, skippedCount: skipped, isTruncated, isDone };
}
