import {
  BoundedQueue,
  checkSearchOptions,
  FairleadError,
  type SearchMatch,
  type SearchOptions,
  type SearchUpdate,
  withEffect,
} from "@fairlead/core";
import { fromFileMatchMessage, fromSearchProgressMessage, toSearchHead } from "@fairlead/wire";
import type { SessionHandle } from "../session/session-handle.js";
import { openFileStream } from "./open-file-stream.js";

/** Searches the executor's files. Each update is asked for, so that none is made that nobody takes. */
export async function* searchRemote(
  session: SessionHandle,
  uri: string,
  options: SearchOptions,
): AsyncGenerator<SearchUpdate, void, undefined> {
  checkSearchOptions(options);
  const updates = new BoundedQueue<SearchUpdate>({ limit: 2, overflow: tooMuch });
  let matches: SearchMatch[] = [];
  const stream = await openFileStream(session, {
    signal: options.signal,
    head: () => ({ search: toSearchHead(uri, options) }),
    onFrame: (frame) => {
      matches.push(...frame.matches.map(fromFileMatchMessage));
      if (frame.update == null) return;
      updates.push(fromSearchProgressMessage(frame.update, matches));
      matches = [];
    },
    onOver: (failure) => {
      if (failure === undefined) updates.end();
      else updates.fail(withEffect(failure, "none"));
    },
  });
  let consumed = 0;
  try {
    for await (const update of updates) {
      yield update;
      consumed += 1;
      stream.send({ consumed });
    }
  } finally {
    stream.leave();
  }
}

function tooMuch(): never {
  throw new FairleadError("protocol", "The executor sent more of a search than it was asked for", {
    reason: "frame_invalid",
  });
}
