import { ReadableStream, type ReadableStreamDefaultReader } from "node:stream/web";
import { FairleadError, type FetchInit, isFairleadError } from "@fairlead/core";
import { usageError, withUnknownEffect } from "./http-errors.js";

/** A body to be sent. `bytes` can be sent again, a stream only once. */
export type RequestBody =
  | { readonly kind: "none" }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly contentType: string | undefined }
  | { readonly kind: "stream"; readonly stream: ReadableStream<unknown> };

/** Takes what a caller may give as a body. Only a stream stays one; all else is held in memory, so that it can be sent again. */
export async function toRequestBody(body: FetchInit["body"] | null): Promise<RequestBody> {
  if (body === undefined || body === null) return { kind: "none" };
  if (body instanceof ReadableStream) {
    if (body.locked)
      throw usageError("argument_invalid", "The request body is a stream that is read already");
    return { kind: "stream", stream: body };
  }
  if (typeof body === "string") {
    return { kind: "bytes", bytes: Buffer.from(body), contentType: "text/plain;charset=UTF-8" };
  }
  if (ArrayBuffer.isView(body)) {
    const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    return { kind: "bytes", bytes, contentType: undefined };
  }
  if (Symbol.asyncIterator in body) {
    return { kind: "stream", stream: ReadableStream.from(body as AsyncIterable<unknown>) };
  }
  // Forms, blobs and the like: the platform knows how these are written.
  const written = new Response(body);
  const contentType = written.headers.get("content-type") ?? undefined;
  return { kind: "bytes", bytes: new Uint8Array(await written.arrayBuffer()), contentType };
}

/** A stream on its way out. */
export interface OutgoingStream {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Nobody wants the rest: the source is cancelled, also while it is waited for. */
  stop(): void;
}

/** Reads a body chunk by chunk, as fast as it is taken. What the source throws comes out as one of our errors. */
export function readOutgoing(stream: ReadableStream<unknown>, onChunk: () => void): OutgoingStream {
  const reader = stream.getReader();
  let stopped = false;
  const beforeChunk = (): void => {
    // A body that was cut short must never look like a whole one.
    if (stopped) throw new FairleadError("canceled", "The request body is not wanted any more");
    onChunk();
  };
  return {
    chunks: readChunks(reader, beforeChunk),
    stop() {
      stopped = true;
      reader.cancel().catch(() => {});
    },
  };
}

async function* readChunks(
  reader: ReadableStreamDefaultReader<unknown>,
  beforeChunk: () => void,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw sourceError(cause);
    });
    beforeChunk();
    if (done) return;
    if (typeof value === "string") yield Buffer.from(value);
    else if (value instanceof Uint8Array) yield value;
    else throw badChunk();
  }
}

/** Unlike other mistakes of the caller it shows only after a part of the request may have been sent. */
function badChunk(): FairleadError {
  return new FairleadError("usage", "The request body gave a chunk that is neither bytes nor text", {
    reason: "argument_invalid",
  });
}

function sourceError(cause: unknown): FairleadError {
  if (isFairleadError(cause)) return withUnknownEffect(cause);
  return new FairleadError("internal", "The source of the request body failed while it was sent", { cause });
}
