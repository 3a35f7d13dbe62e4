import {
  BoundedQueue,
  createDeferred,
  FairleadError,
  type FileCallOptions,
  type FileEvent,
  type FileWatch,
  withEffect,
} from "@fairlead/core";
import { fromFileEventMessage } from "@fairlead/wire";
import type { SessionHandle } from "../session/session-handle.js";
import { openFileStream } from "./open-file-stream.js";

/** Events that may be under way; beyond it the executor gathers them. */
const windowEvents = 256;

/** Watches a file or folder of the executor. */
export async function watchRemote(
  session: SessionHandle,
  uri: string,
  { signal }: FileCallOptions = {},
): Promise<FileWatch> {
  const begun = createDeferred<void>();
  const events = new BoundedQueue<FileEvent>({ limit: windowEvents, overflow: tooMuch });
  const stream = await openFileStream(session, {
    signal,
    head: () => ({ watch: { uri, windowEvents } }),
    onFrame: (frame) => {
      if (frame.isWatching) begun.resolve();
      for (const event of frame.events) events.push(fromFileEventMessage(event));
    },
    onOver: (failure) => {
      if (failure === undefined) {
        begun.resolve();
        events.end();
        return;
      }
      const told = withEffect(failure, "none");
      begun.reject(told);
      events.fail(told);
    },
  });
  await begun.promise;

  let consumed = 0;
  const close = async (): Promise<void> => {
    stream.leave();
    await events.return();
  };
  const iterator: AsyncIterator<FileEvent, undefined> = {
    next: async () => {
      const next = await events.next();
      if (next.done === true) return next;
      consumed += 1;
      if (consumed % (windowEvents / 4) === 0) stream.send({ consumed });
      return next;
    },
    return: async () => {
      await close();
      return { done: true, value: undefined };
    },
  };
  return { close, [Symbol.asyncDispose]: close, [Symbol.asyncIterator]: () => iterator };
}

function tooMuch(): never {
  throw new FairleadError("protocol", "The executor sent more events than it was asked for", {
    reason: "frame_invalid",
  });
}
