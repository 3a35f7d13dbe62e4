import { pipeline, Readable, type Transform } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { isFairleadError } from "@fairlead/core";
import { exchangeError } from "./http-errors.js";
import { limitBytes } from "./response-body.js";

/** A body that may be compressed. */
export interface EncodedBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** The value of Content-Encoding. */
  readonly encoding: string | null;
  /** The request, for people. */
  readonly what: string;
  /** Limit of the decoded bytes, so that a small answer cannot become a huge one. */
  readonly maxBytes: number | undefined;
  /** Ends the exchange, also while the next byte is waited for. */
  readonly stop: () => void;
}

/**
 * Undoes gzip, deflate and br, also several on top of each other, as fast as the result is read.
 * @returns undefined where nothing is encoded, or with something unknown, which the reader gets as it is
 */
export function decodeBody(body: EncodedBody): ReadableStream<Uint8Array> | undefined {
  const codings = (body.encoding ?? "")
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity");
  if (codings.length === 0 || codings.length > maxCodings) return undefined;
  if (!codings.every((coding) => coding in decoders)) return undefined;
  const decoded = codings.reduceRight<AsyncIterable<Uint8Array>>(
    (source, coding) => decode(source, coding),
    body.stream,
  );
  return toStream(guard(decoded, body), body);
}

/** More than anybody uses; each costs memory of its own. */
const maxCodings = 3;

const decoders: Readonly<Record<string, (firstByte: number) => Transform>> = {
  gzip: () => createGunzip(),
  "x-gzip": () => createGunzip(),
  br: () => createBrotliDecompress(),
  // Some servers leave out the zlib header, whose low half-byte is always 8.
  deflate: (firstByte) => ((firstByte & 0x0f) === 8 ? createInflate() : createInflateRaw()),
};

async function* decode(source: AsyncIterable<Uint8Array>, coding: string): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return;
  const decoder = decoders[coding]?.(first.value[0] ?? 0);
  if (decoder === undefined) return;
  // What fails comes out where the decoder is read.
  pipeline(Readable.from(startingWith(first.value, iterator)), decoder, () => {});
  yield* decoder as AsyncIterable<Uint8Array>;
}

async function* startingWith(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* guard(
  decoded: AsyncIterable<Uint8Array>,
  { what, maxBytes, stop }: EncodedBody,
): AsyncGenerator<Uint8Array> {
  const limit = limitBytes(maxBytes, what);
  try {
    for await (const chunk of decoded) {
      const tooLarge = limit.add(chunk.byteLength);
      if (tooLarge !== undefined) throw tooLarge;
      yield chunk;
    }
  } catch (cause) {
    if (isFairleadError(cause)) throw cause;
    throw exchangeError(
      ["protocol", "response_invalid"],
      `The answer to ${what} cannot be decompressed. Look into the server, or what is in front of it`,
      { cause, details: { problem: "encoding" } },
    );
  } finally {
    // Also after a good end: a decoder does not wait for what comes behind it, and nobody else reads that.
    stop();
  }
}

/** One chunk per read, none ahead. */
function toStream(
  chunks: AsyncGenerator<Uint8Array>,
  { stop }: Pick<EncodedBody, "stop">,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel() {
        stop();
        // It comes to its end when what it waits for has failed.
        chunks.return(undefined).catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}
