import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { FairleadError } from "@fairlead/core";
import { spell } from "../runtime/open-place.js";
import type { CopiedFile } from "./copy-files.js";
import { countBytes } from "./count-bytes.js";
import type { NamedFile } from "./parse-place.js";

/** How stdin is copied. */
export interface FromStdinOptions {
  readonly signal: AbortSignal;
  readonly isForced: boolean;
  readonly onBytes: (bytes: number) => void;
}

/** Writes what comes from a stream into one file. @throws FairleadError as `Files.write` */
export async function copyFromStdin(
  stdin: Readable,
  { place, uri, isFolder }: NamedFile,
  { signal, isForced, onBytes }: FromStdinOptions,
): Promise<CopiedFile> {
  if (isFolder) {
    throw new FairleadError("usage", "What comes from stdin needs the name of a file", {
      reason: "argument_invalid",
      effect: "none",
    });
  }
  const body = Readable.toWeb(stdin) as ReadableStream<Uint8Array>;
  const content = countBytes(body, onBytes);
  const { sizeBytes } = await place.files.write(uri, content, { signal, createOnly: !isForced });
  return { from: "-", to: spell(place, uri), sizeBytes };
}

/**
 * Writes one file to a stream, no faster than that is read, and no further than somebody reads it.
 * @returns how much of it was written, and whether the reader went away
 * @throws FairleadError as `Files.read`
 */
export async function copyToStdout(
  { place, uri }: NamedFile,
  stdout: Writable,
  signal: AbortSignal,
): Promise<CopiedFile & { readonly isReaderGone: boolean }> {
  const { body } = await place.files.read(uri, { signal });
  let sizeBytes = 0;
  for await (const chunk of body) {
    if (!stdout.write(chunk)) await drained(stdout, signal);
    if (stdout.destroyed) break;
    sizeBytes += chunk.length;
  }
  return { from: spell(place, uri), to: "-", sizeBytes, isReaderGone: stdout.destroyed };
}

/** Settles once more can be written, or nothing any more. */
async function drained(stdout: Writable, signal: AbortSignal): Promise<void> {
  const waiting = new AbortController();
  const either = { signal: AbortSignal.any([signal, waiting.signal]) };
  try {
    await Promise.race([once(stdout, "drain", either), once(stdout, "close", either)]);
  } catch (thrown) {
    signal.throwIfAborted();
    // A reader that goes away is told as an error of the stream, which is closed by it.
    if (!stdout.destroyed) throw thrown;
  } finally {
    waiting.abort();
  }
}
