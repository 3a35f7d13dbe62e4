import { fromPathUri, type SearchUpdate } from "@fairlead/core";
import { plainCell } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { isLocalExecutor } from "../runtime/is-local-executor.js";
import { openPlace, uriIn } from "../runtime/open-place.js";
import { openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** What was typed after `fairlead search`. */
export interface SearchInput {
  readonly query: string;
  readonly folder: string | undefined;
  readonly flags: CommonFlags & {
    readonly executor?: string;
    readonly limit: number;
    readonly includeIgnored?: boolean;
  };
}

/** `fairlead search`: the files of an executor whose path fits best, the best first. */
export async function searchCommand(
  { query, folder, flags }: SearchInput,
  terminal: Terminal,
): Promise<void> {
  await using context = await openContext(flags, terminal);
  const executor = flags.executor ?? context.config.defaultExecutor;
  using progress = terminal.progress(`Searching on ${executor}`);
  const place = await openPlace(executor, context);
  const [root] = isLocalExecutor(executor) ? [] : await place.files.roots();
  const uri = folder === undefined ? (root ?? uriIn(place, ".")) : uriIn(place, folder);
  let last: SearchUpdate | undefined;
  const updates = place.files.search(uri, {
    query,
    limit: flags.limit,
    includeIgnored: flags.includeIgnored,
    signal: context.signal,
  });
  for await (const update of updates) {
    last = update;
    progress.update(`Searching on ${executor}: ${update.scannedCount} looked at`);
  }
  const { matches = [], scannedCount = 0, skippedCount = 0, isTruncated = false } = last ?? {};
  progress[Symbol.dispose]();
  const found = matches.map(({ uri: at, kind, score }) => ({
    path: fromPathUri(at, place.convention),
    kind,
    score,
  }));
  if (flags.json === true) {
    const searched = fromPathUri(uri, place.convention);
    terminal.printJson({
      executor,
      folder: searched,
      matches: found,
      scannedCount,
      skippedCount,
      isTruncated,
    });
    return;
  }
  for (const { path } of found) terminal.print(plainCell(path));
  if (found.length === 0) terminal.tell(`Nothing of ${scannedCount} files and folders fits`);
  if (isTruncated) terminal.tell(`fairlead: only the first ${scannedCount} files and folders were looked at`);
}
