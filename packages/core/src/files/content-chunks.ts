import { canceledError, FairleadError, isFairleadError } from "../errors/fairlead-error.js";
import type { FileContent } from "../ports/files.js";

/** The most that is handed to the disk at once, so that an abort is noticed in time. */
const chunkBytes = 1024 * 1024;

/** Content as it comes, which is its owner's no more: however the loop ends, a stream was read to its end or cancelled. */
export async function* contentChunks(
  content: FileContent,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) {
    yield* cut(content);
    return;
  }
  if (content.locked) throw unreadable("somebody else reads it");
  const reader = content.getReader();
  // A read that waits ends with the cancellation.
  const onAbort = (): void => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", onAbort, { once: true });
  let isWhole = false;
  try {
    for (;;) {
      throwIfAborted(signal);
      const { done, value } = await readFrom(reader);
      throwIfAborted(signal);
      if (done) break;
      if (!(value instanceof Uint8Array)) throw unreadable("it does not consist of bytes");
      yield* cut(value);
    }
    isWhole = true;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    if (!isWhole) reader.cancel().catch(() => {});
  }
}

/** Lets go of content that is not read after all. */
export function dropContent(content: FileContent): void {
  if (!(content instanceof Uint8Array) && !content.locked) content.cancel().catch(() => {});
}

function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw canceledError(signal, "Writing the file");
}

async function readFrom(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]> {
  try {
    return await reader.read();
  } catch (cause) {
    if (isFairleadError(cause)) throw cause;
    throw unreadable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unreadable(why: string, cause?: unknown): FairleadError {
  return new FairleadError("usage", `The content to be written cannot be read: ${why}`, {
    cause,
    reason: "argument_invalid",
    effect: "none",
  });
}
