import {
  contentChunks,
  createDeferred,
  dropContent,
  type FileContent,
  type FileFacts,
  toFairleadError,
  type WriteOptions,
  withEffect,
} from "@fairlead/core";
import { fromFileFactsMessage, toWriteHead } from "@fairlead/wire";
import type { SessionHandle } from "../session/session-handle.js";
import { type FileStream, openFileStream } from "./open-file-stream.js";
import { UploadWindow } from "./upload-window.js";

/** Writes a file of the executor. */
export async function writeRemote(
  session: SessionHandle,
  uri: string,
  given: { readonly content: FileContent; readonly options?: WriteOptions | undefined },
): Promise<FileFacts> {
  const { content, options = {} } = given;
  const written = createDeferred<FileFacts>();
  const stop = new AbortController();
  const window = new UploadWindow();
  let stream: FileStream;
  try {
    stream = await openFileStream(session, {
      signal: options.signal,
      head: () => ({ write: toWriteHead(uri, options) }),
      onFrame: (frame) => {
        if (frame.taken !== undefined) window.taken(frame.taken);
        if (frame.end) written.resolve(fromFileFactsMessage(frame.file));
      },
      onOver: (failure, isTold) => {
        stop.abort();
        window.stop();
        if (failure === undefined) return;
        // Only once it has everything the executor puts it in its place.
        const mayBeThere = window.isEnded || options.makeFolders === true;
        const isKnown = isTold && failure.effect !== "unknown";
        written.reject(isKnown ? failure : withEffect(failure, mayBeThere ? "unknown" : "none"));
      },
    });
  } catch (error) {
    dropContent(content);
    throw error;
  }
  window.open(stream.windowBytes, session.limits);
  upload(content, { stream, window, signal: stop.signal }).catch((error: unknown) => {
    stream.abort(toFairleadError(error));
  });
  return written.promise;
}

async function upload(
  content: FileContent,
  { stream, window, signal }: { stream: FileStream; window: UploadWindow; signal: AbortSignal },
): Promise<void> {
  for await (const chunk of contentChunks(content, signal)) {
    for (let at = 0; at < chunk.length; ) {
      const room = await window.room();
      if (room === 0) return;
      // Copied: its owner may use it again while it is on its way.
      const body = chunk.slice(at, at + room);
      at += body.length;
      window.sent(body.length);
      stream.send({ body });
    }
  }
  window.end();
  stream.send({ bodyEnd: true });
}
