import { Readable } from "node:stream";
import { createDeferred, FairleadError, untilAborted } from "@fairlead/core";
import { type OutputLoss, outputLossOf } from "../output/output-watch.js";
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

/** How a file was copied to a stream. */
export interface CopiedToStream extends CopiedFile {
  /** Why not all of it was written; undefined if it was. */
  readonly loss: OutputLoss | undefined;
}

/**
 * Writes one file to our stdout, no faster than that is read, and no further than it can be written.
 * @returns how much of it was written, as far as we know
 * @throws FairleadError as `Files.read`
 */
export async function copyToStdout(
  { place, uri }: NamedFile,
  stdout: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<CopiedToStream> {
  const { body } = await place.files.read(uri, { signal });
  let sizeBytes = 0;
  for await (const chunk of body) {
    const error = await write(stdout, chunk, signal);
    if (error !== undefined) return { ...copied(), loss: outputLossOf(stdout, error) };
    sizeBytes += chunk.length;
  }
  return { ...copied(), loss: undefined };

  function copied(): CopiedFile {
    return { from: spell(place, uri), to: "-", sizeBytes };
  }
}

/** Settles once a chunk is written. Our stdout is not closed by a failure, so only the write itself tells of it. */
async function write(
  stdout: NodeJS.WriteStream,
  chunk: Uint8Array,
  signal: AbortSignal,
): Promise<Error | undefined> {
  const written = createDeferred<Error | undefined>();
  stdout.write(chunk, (error) => written.resolve(error ?? undefined));
  return await untilAborted(written.promise, signal, "Writing to stdout");
}
