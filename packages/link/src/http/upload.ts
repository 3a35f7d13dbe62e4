import { createDeferred, type Deferred, FairleadError, isFairleadError } from "@fairlead/core";
import type { HttpRequestFrame } from "@fairlead/wire";
import { unusableBody } from "./outgoing-body.js";

/** How a request body is sent. */
export interface UploadOptions {
  /** Bytes that may be under way without having been taken. */
  readonly windowBytes: number;
  readonly frameBytes: number;
  readonly send: (frame: HttpRequestFrame) => void;
  /** Called once if what the body is read from fails. */
  readonly onFailed: (failure: FairleadError) => void;
}

/** Sends a request body as fast as the executor takes it, and no faster. */
export class Upload {
  readonly #options: UploadOptions;
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  #sent = 0;
  #taken = 0;
  #isOver = false;
  #room: Deferred<void> | undefined;

  /** Takes the body for itself. @throws FairleadError `usage`, effect `none`, where somebody else reads it */
  constructor(body: ReadableStream<unknown>, options: UploadOptions) {
    if (body.locked) throw unusableBody("it is being read by somebody else");
    this.#options = options;
    this.#reader = body.getReader();
  }

  /** Begins. It goes on by itself. */
  start(): void {
    this.#run().catch((cause: unknown) => {
      if (this.#isOver) return;
      this.#options.onFailed(isFairleadError(cause) ? cause : unreadable(cause));
    });
  }

  /** The executor has taken so far. @throws FairleadError `protocol` for more than was sent */
  taken(offset: number): void {
    if (offset > this.#sent) {
      throw new FairleadError(
        "protocol",
        `A body was taken up to ${offset}, but only ${this.#sent} was sent`,
        {
          reason: "frame_invalid",
        },
      );
    }
    this.#taken = Math.max(this.#taken, offset);
    this.#wake();
  }

  /** Sends nothing more, and tells so to what the body is read from. */
  stop(reason?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#wake();
    this.#reader.cancel(reason).catch(() => {});
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      await this.#send(bytesOf(value));
    }
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.send({ bodyEnd: true });
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const { windowBytes, frameBytes, send } = this.#options;
    let at = 0;
    while (at < bytes.length) {
      const roomBytes = windowBytes - (this.#sent - this.#taken);
      if (roomBytes <= 0) {
        this.#room = createDeferred();
        await this.#room.promise;
      }
      if (this.#isOver) return;
      const body = bytes.subarray(at, at + Math.min(frameBytes, Math.max(0, roomBytes)));
      if (body.length === 0) continue;
      at += body.length;
      this.#sent += body.length;
      send({ body });
    }
  }

  #wake(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return Buffer.from(value);
  throw new FairleadError("usage", "A request body must consist of bytes", { reason: "argument_invalid" });
}

function unreadable(cause: unknown): FairleadError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new FairleadError("usage", `The body of the request cannot be read: ${text}`, {
    cause,
    reason: "argument_invalid",
  });
}
