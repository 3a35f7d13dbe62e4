import { createDeferred, type Deferred, FairleadError } from "@fairlead/core";
import type { DuplexCall, HttpRequestFrame__Output, HttpResponseFrame } from "@fairlead/wire";
import { OutputBuffer } from "../process/output-buffer.js";

type Frame = { -readonly [Key in keyof HttpResponseFrame]: HttpResponseFrame[Key] };

/** The body of one response that is sent in one turn of the event loop, so that others get theirs. */
const turnBytes = 256 * 1024;

/** How a response is sent. */
export interface ResponseSenderOptions {
  readonly call: DuplexCall<HttpRequestFrame__Output, HttpResponseFrame>;
  /** Bytes of the body that may be under way, unread. */
  readonly windowBytes: number;
  readonly frameTargetBytes: number;
  /** Called where sending fails, which is a bug. */
  readonly onFailed: (failure: unknown) => void;
}

/**
 * Sends a response as fast as its reader takes it, and no faster: what lies here, in the transport and at the client is at
 * most the window. Whatever gathers in one turn of the event loop shares frames.
 */
export class ResponseSender {
  readonly #options: ResponseSenderOptions;
  readonly #buffer = new OutputBuffer();
  #flushing: NodeJS.Immediate | undefined;
  #taken: number | undefined;
  #head: HttpResponseFrame["head"];
  #isEnding = false;
  #isOver = false;
  /** One past the last byte that was sent. */
  #sent = 0;
  #consumed = 0;
  /** Resolved when there may be room for more. */
  #room: Deferred<void> | undefined;
  readonly #ended = createDeferred<void>();

  constructor(options: ResponseSenderOptions) {
    this.#options = options;
    options.call.onDrained(() => this.#schedule());
  }

  /** Tells how much of the request body was taken. */
  taken(offset: number): void {
    this.#taken = offset;
    this.#schedule();
  }

  /** The reader has read so far. @throws FairleadError `protocol` for more than was sent */
  consumed(offset: number): void {
    if (offset > this.#sent) {
      throw new FairleadError(
        "protocol",
        `The response was read up to ${offset}, but only ${this.#sent} bytes were sent`,
        { reason: "frame_invalid" },
      );
    }
    if (offset <= this.#consumed) return;
    this.#consumed = offset;
    this.#schedule();
  }

  head(head: NonNullable<HttpResponseFrame["head"]>): void {
    this.#head = head;
    this.#schedule();
  }

  /** Sends a body, reading no more of it than there is room for. Rejects with what reading it fails with. */
  async body(stream: ReadableStream<Uint8Array>): Promise<void> {
    const reader = stream.getReader();
    for (;;) {
      while (!this.#hasRoom && !this.#isOver) {
        this.#room = createDeferred();
        await this.#room.promise;
      }
      const { done, value } = await reader.read();
      if (done || this.#isOver) return;
      this.#buffer.append(value);
      this.#schedule();
    }
  }

  /** The response is whole. @returns settles when that was sent, which may have to wait for the reader */
  end(): Promise<void> {
    this.#isEnding = true;
    this.#schedule();
    return this.#ended.promise;
  }

  /** Sends what the window lets through, before a failure is told: the reader may know what to do with it. */
  async flushNow(): Promise<void> {
    this.#flush();
    await this.#options.call.flushed();
  }

  /** Sends nothing more. */
  stop(): void {
    this.#isOver = true;
    clearImmediate(this.#flushing);
    this.#room?.resolve();
    this.#ended.resolve();
  }

  get #unsentBytes(): number {
    return this.#buffer.endOffset - this.#sent;
  }

  get #hasRoom(): boolean {
    const { call, windowBytes } = this.#options;
    return (
      !call.isCongested &&
      this.#unsentBytes < turnBytes &&
      this.#buffer.endOffset - this.#consumed < windowBytes
    );
  }

  /** After everything that the system has for us now: a small response comes whole, and then needs one frame. */
  #schedule(): void {
    if (this.#isOver) return;
    this.#flushing ??= setImmediate(() => {
      this.#flushing = undefined;
      try {
        this.#flush();
      } catch (failure) {
        this.#options.onFailed(failure);
      }
    });
  }

  #flush(): void {
    const { call, windowBytes, frameTargetBytes } = this.#options;
    if (this.#isOver) return;
    let frame: Frame = {};
    if (this.#taken !== undefined) frame.taken = this.#taken;
    this.#taken = undefined;
    if (this.#head != null) frame.head = this.#head;
    this.#head = undefined;
    while (this.#unsentBytes > 0 && !call.isCongested) {
      const roomBytes = windowBytes - (this.#sent - this.#consumed);
      if (roomBytes <= 0) break;
      const slice = this.#buffer.read(this.#sent, Math.min(frameTargetBytes, roomBytes));
      if (slice === undefined) break;
      if (frame.body !== undefined) {
        call.send(frame);
        frame = {};
      }
      frame.body = slice.data;
      this.#sent += slice.data.length;
      this.#buffer.consumeTo(this.#sent);
    }
    const isWhole = this.#isEnding && this.#unsentBytes === 0;
    if (isWhole) frame.end = true;
    if (Object.keys(frame).length > 0) call.send(frame);
    if (isWhole) this.stop();
    else if (this.#hasRoom) {
      this.#room?.resolve();
      this.#room = undefined;
    }
  }
}
