import { FairleadError } from "@fairlead/core";

/** Who wants to know what becomes of a body. */
export interface IncomingBodyOptions {
  /** Bytes that may wait here. */
  readonly windowBytes: number;
  /** Called when so much was read that the executor should hear of it. @param offset everything before it was read */
  readonly onConsumed: (offset: number) => void;
  /** Called when the reader wants no more. */
  readonly onCancelled: () => void;
}

/** A response body: what has arrived waits here until it is read, and only then the executor may send more. */
export class IncomingBody {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #options: IncomingBodyOptions;
  #waiting: Uint8Array[] = [];
  #received = 0;
  #consumed = 0;
  #told = 0;
  #ended = false;
  #failure: FairleadError | undefined;
  #isWanted = false;
  #isClosed = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(options: IncomingBodyOptions) {
    this.#options = options;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#isWanted = true;
          this.#serve();
        },
        cancel: () => {
          this.#isClosed = true;
          this.#waiting = [];
          options.onCancelled();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** @throws FairleadError `protocol` for more than the window lets through */
  receive(bytes: Uint8Array): void {
    if (this.#isClosed || bytes.length === 0) return;
    this.#received += bytes.length;
    if (this.#received - this.#consumed > this.#options.windowBytes) {
      throw new FairleadError("protocol", "The executor sent more of a response than it was asked for", {
        reason: "frame_invalid",
      });
    }
    this.#waiting.push(bytes);
    this.#serve();
  }

  /** Nothing more comes; what has arrived can still be read. */
  end(): void {
    this.#ended = true;
    this.#serve();
  }

  /** Fails it, once what has arrived was read. */
  fail(failure: FairleadError): void {
    this.#failure ??= failure;
    this.#serve();
  }

  /** Fails it at once, whatever was not read. */
  abort(failure: FairleadError): void {
    this.#waiting = [];
    this.fail(failure);
  }

  /** Also where nothing waits here: the executor may have a smaller window, and wait for this. */
  #tellConsumed(): void {
    const isDue = (this.#consumed - this.#told) * 4 >= this.#options.windowBytes;
    if (this.#ended || (!isDue && this.#waiting.length > 0)) return;
    this.#told = this.#consumed;
    this.#options.onConsumed(this.#consumed);
  }

  #serve(): void {
    if (this.#isClosed) return;
    const bytes = this.#isWanted ? this.#waiting.shift() : undefined;
    if (bytes !== undefined) {
      this.#isWanted = false;
      this.#consumed += bytes.length;
      this.#controller?.enqueue(bytes);
      this.#tellConsumed();
    }
    if (this.#isClosed || this.#waiting.length > 0) return;
    if (this.#failure === undefined && !this.#ended) return;
    this.#isClosed = true;
    if (this.#failure !== undefined) this.#controller?.error(this.#failure);
    else this.#controller?.close();
  }
}
