import { createDeferred, type Deferred, FairleadError } from "@fairlead/core";
import { OutputBuffer } from "../process/output-buffer.js";

/** What the HTTP client takes at once. */
const takeBytes = 64 * 1024;

/** What bounds a request body. */
export interface RequestBodyOptions {
  /** Bytes that may wait here. */
  readonly windowBytes: number;
  /** Bytes of one frame. */
  readonly frameMaxBytes: number;
  /** Bytes of the whole body. */
  readonly limitBytes: number;
  /** Its length as the client told it; undefined where it is not known before. */
  readonly toldBytes: number | undefined;
  /** Called whenever {@link RequestBody.taken} grew. */
  readonly onTaken: () => void;
}

/** A request body that comes in frames and is taken by the HTTP client as its socket lets it. */
export class RequestBody {
  readonly #options: RequestBodyOptions;
  readonly #buffer = new OutputBuffer();
  readonly #whole = createDeferred<void>();
  #ended = false;
  #unwanted = false;
  #isGathering = false;
  /** Resolved when something arrives for a client that waits. */
  #arrived: Deferred<void> | undefined;

  /** @throws FairleadError `resource_exhausted` where it is told to be longer than it may be */
  constructor(options: RequestBodyOptions) {
    this.#options = options;
    const { toldBytes = 0, limitBytes } = options;
    if (toldBytes > limitBytes) throw tooLong(limitBytes, "none");
    this.#whole.promise.catch(() => {});
  }

  /** Bytes that wait here no more, or may wait here for the rest. */
  get taken(): number {
    return this.#isGathering ? this.#buffer.endOffset : this.#buffer.startOffset;
  }

  /** Whether nothing waits here to be taken: a client that has more may be waiting. */
  get isDry(): boolean {
    return this.taken === this.#buffer.endOffset;
  }

  /** @throws FairleadError `protocol` for what comes too late or too much, `resource_exhausted` past a limit */
  accept(bytes: Uint8Array, isEnd: boolean): void {
    const { frameMaxBytes, windowBytes, limitBytes, toldBytes } = this.#options;
    if (this.#ended) throw invalid("The request body went on after its end");
    if (bytes.length > frameMaxBytes) throw invalid(`A frame carries at most ${frameMaxBytes} bytes`);
    const received = this.#buffer.endOffset + bytes.length;
    if (received > limitBytes) throw tooLong(limitBytes, "unknown");
    if (received > (toldBytes ?? Infinity) || (isEnd && received < (toldBytes ?? 0)))
      throw invalid(`The request body was to have ${toldBytes} bytes, not ${received}`);
    if (received - this.taken > windowBytes) {
      throw new FairleadError("resource_exhausted", `More than ${windowBytes} bytes of a request body wait`, {
        reason: "limit_reached",
        details: { limit: windowBytes },
      });
    }
    this.#buffer.append(bytes);
    this.#ended = isEnd;
    if (isEnd) this.#whole.resolve();
    if (this.#unwanted) this.#drop();
    else if (this.#isGathering && !isEnd) this.#options.onTaken();
    this.#arrived?.resolve();
    this.#arrived = undefined;
  }

  /** Waits for the end of a body that fits into the window. @returns all of it */
  async whole(): Promise<Uint8Array> {
    this.#isGathering = true;
    if (!this.#ended) this.#options.onTaken();
    await this.#whole.promise;
    const size = this.#buffer.endOffset;
    const slice = this.#buffer.read(0, size);
    this.#buffer.consumeTo(size);
    return slice?.data ?? new Uint8Array();
  }

  /** The body as it comes. Cancelling it drops the rest. */
  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const slice = await this.#next();
          if (slice === undefined) controller.close();
          else controller.enqueue(slice);
        },
        cancel: () => this.#drop(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Nobody takes it any more; a client that goes on sending is not held back. */
  #drop(): void {
    this.#unwanted = true;
    if (this.#buffer.consumeTo(this.#buffer.endOffset) > 0) this.#options.onTaken();
  }

  async #next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const slice = this.#buffer.read(this.#buffer.startOffset, takeBytes);
      if (slice !== undefined) {
        this.#buffer.consumeTo(slice.offset + slice.data.length);
        this.#options.onTaken();
        return slice.data;
      }
      if (this.#ended) return undefined;
      this.#arrived = createDeferred();
      await this.#arrived.promise;
    }
  }
}

function invalid(message: string): FairleadError {
  return new FairleadError("protocol", message, { reason: "frame_invalid" });
}

function tooLong(limit: number, effect: "none" | "unknown"): FairleadError {
  return new FairleadError(
    "resource_exhausted",
    `A request body may have ${limit} bytes; this one is longer`,
    {
      reason: "limit_reached",
      effect,
      details: { limit },
    },
  );
}
