import { ReadableStream, type ReadableStreamDefaultController } from "node:stream/web";
import type { FairleadError } from "@fairlead/core";
import { exchangeError } from "./http-errors.js";

/** The reader's side and the socket's side of a body on its way in. */
export interface IncomingBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** @returns false where the reader has enough for now; `onWanted` tells when to go on */
  push(chunk: Uint8Array): boolean;
  end(): void;
  fail(error: FairleadError): void;
}

/** What the reader of a body tells the socket. */
export interface BodyReader {
  /** More is wanted after `push` gave false. */
  onWanted(): void;
  /** The reader gave up. */
  onCancel(): void;
}

/** How much is held for a reader who is slow: one read of a socket. Above it the socket is not read. */
const heldBytes = 64 * 1024;

/** Makes a body that is filled from outside and never holds much more than 64 KiB. */
export function createIncomingBody(reader: BodyReader): IncomingBody {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      pull: () => reader.onWanted(),
      cancel: () => reader.onCancel(),
    },
    { highWaterMark: heldBytes, size: (chunk) => chunk.byteLength },
  );
  return {
    stream,
    push(chunk) {
      controller?.enqueue(chunk);
      return (controller?.desiredSize ?? 0) > 0;
    },
    end: () => controller?.close(),
    fail: (error) => controller?.error(error),
  };
}

/** Counts bytes and refuses those above a limit. */
export interface ByteLimit {
  /** @returns the error of a body that says beforehand that it is too large */
  expect(bytes: number): FairleadError | undefined;
  /** @returns the error of a body that has become too large */
  add(bytes: number): FairleadError | undefined;
}

/** Makes a counter for one body, on the wire or after decompression. */
export function limitBytes(limit: number | undefined, what: string): ByteLimit {
  let sum = 0;
  const check = (bytes: number): FairleadError | undefined =>
    limit === undefined || bytes <= limit ? undefined : tooLarge(limit, what);
  return {
    expect: check,
    add(bytes) {
      sum += bytes;
      return check(sum);
    },
  };
}

function tooLarge(maxResponseBytes: number, what: string): FairleadError {
  return exchangeError(
    ["resource_exhausted", "response_too_large"],
    `The answer to ${what} has more than ${maxResponseBytes} bytes. Ask for less, or raise the limit`,
    { details: { limit: "maxResponseBytes", maxResponseBytes } },
  );
}
