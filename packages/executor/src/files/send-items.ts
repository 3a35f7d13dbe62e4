import type { ExecutorLimits } from "@fairlead/core";
import {
  type FileStreamRequest__Output,
  fromListHead,
  fromSearchHead,
  toFileEventMessage,
  toFileMatchMessage,
  toFolderEntryMessage,
  toSearchProgressMessage,
} from "@fairlead/wire";
import type { FileWorkOptions } from "./start-file-work.js";

type Head<Name extends "list" | "search" | "watch"> = NonNullable<FileStreamRequest__Output[Name]>;

/** Events of one watch that may be under way. */
const mostEvents = 1_000;
/** What a message takes beside its texts, at most. */
const overheadBytes = 64;

/** Sends the entries of a folder. */
export async function sendListing(head: Head<"list">, options: FileWorkOptions): Promise<void> {
  const { call, flow, files, limits, signal } = options;
  const { entries, isTruncated } = await files.list(head.uri, { ...fromListHead(head), signal });
  const sized = inFrames(entries, limits, ({ name, uri = "" }) => textBytes(name) + uri.length);
  for (const some of sized) {
    if (!(await flow.clear())) return;
    call.send({ entries: some.map(toFolderEntryMessage) });
  }
  call.send({ isTruncated, end: true });
}

/** Sends what a search has found, as often as the client has taken what it found before. */
export async function sendUpdates(head: Head<"search">, options: FileWorkOptions): Promise<void> {
  const { call, flow, files, limits, signal } = options;
  flow.open(1);
  for await (const update of files.search(head.uri, { ...fromSearchHead(head), signal })) {
    const sized = inFrames(
      update.matches,
      limits,
      ({ uri, path, positions }) => uri.length + textBytes(path) + 3 * positions.length,
    );
    for (const some of sized) {
      if (!(await flow.clear())) return;
      call.send({ matches: some.map(toFileMatchMessage) });
    }
    call.send({ update: toSearchProgressMessage(update) });
    flow.sent(1);
    // Meanwhile the search goes on, and the next update has all that it found.
    if (!update.isDone && (await flow.room()) === 0) return;
  }
  call.send({ end: true });
}

/** Sends what happens until the client wants no more, or what is watched is gone. */
export async function sendEvents(head: Head<"watch">, options: FileWorkOptions): Promise<void> {
  const { call, flow, files, signal } = options;
  await using watch = await files.watch(head.uri, { signal });
  flow.open(Math.max(1, Math.min(mostEvents, head.windowEvents)));
  call.send({ isWatching: true });
  for await (const event of watch) {
    if ((await flow.room()) === 0) return;
    call.send({ events: [toFileEventMessage(event)] });
    flow.sent(1);
  }
  call.send({ end: true });
}

/** Cuts a list so that each part fits into a frame. */
function* inFrames<Item>(
  items: readonly Item[],
  limits: Pick<ExecutorLimits, "frameTargetBytes">,
  sizeOf: (item: Item) => number,
): Generator<Item[]> {
  let some: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item) + overheadBytes;
    if (some.length > 0 && bytes + size > limits.frameTargetBytes) {
      yield some;
      some = [];
      bytes = 0;
    }
    some.push(item);
    bytes += size;
  }
  if (some.length > 0) yield some;
}

/** What a text takes at most. */
function textBytes(text: string): number {
  return 3 * text.length;
}
