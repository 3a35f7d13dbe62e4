import { type ExecutorLimits, FairleadError, type Fetch, settlesWithinMs } from "@fairlead/core";
import {
  type DuplexCall,
  fromHttpRequestHead,
  type HttpRequestFrame__Output,
  type HttpRequestSpec,
  type HttpResponseFrame,
  httpWindowBytes,
} from "@fairlead/wire";
import type { OpenRequests } from "./open-requests.js";
import { RequestBody } from "./request-body.js";
import { ResponseSender } from "./response-sender.js";

type HttpCall = DuplexCall<HttpRequestFrame__Output, HttpResponseFrame>;

/** How long a client that has everything may take to say so, before its stream is ended for it. */
const farewellMs = 2_000;
/** How long what came before a failure may take on its way, before the failure overtakes it. */
const lastBytesMs = 1_000;

/** What serving a request needs. */
export interface ServeRequestOptions {
  /** Makes the request from here. */
  readonly fetch: Fetch;
  readonly limits: ExecutorLimits;
  /** The requests of the session. */
  readonly requests: OpenRequests;
  /** Fires when the client is gone. */
  readonly signal: AbortSignal;
  /** Called for every frame of the client: it is alive. */
  readonly onHeard: () => void;
}

/**
 * Makes the one HTTP request of a stream. It is broken off, its socket closed, as soon as the client cancels or is gone, or
 * its session is taken over or ends.
 */
export function serveRequest(call: HttpCall, options: ServeRequestOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    let exchange: Exchange | undefined;
    const end = (failure?: unknown): void => {
      forget();
      exchange?.breakOff();
      if (failure === undefined) resolve();
      else reject(failure);
    };
    const forget = options.requests.join(end);
    options.signal.addEventListener("abort", () => end(), { once: true });
    call.onEnd(() => end());
    if (options.signal.aborted) end();
    call.onMessage((message) => {
      options.onHeard();
      try {
        if (message.head != null) {
          if (exchange !== undefined) throw invalid("The request has a head already");
          exchange = new Exchange(call, { ...options, spec: fromHttpRequestHead(message.head), end });
        } else if (exchange === undefined) throw invalid("The first frame must be the head of a request");
        exchange.take(message);
        if (message.cancel) end();
      } catch (failure) {
        end(failure);
      }
    });
  });
}

interface ExchangeOptions extends ServeRequestOptions {
  readonly spec: HttpRequestSpec;
  /** Ends the stream. */
  readonly end: (failure?: unknown) => void;
}

/** One request and its response. */
class Exchange {
  readonly #options: ExchangeOptions;
  readonly #abort = new AbortController();
  readonly #body: RequestBody | undefined;
  readonly #sender: ResponseSender;
  readonly #windowBytes: number;
  readonly #leave: () => void;
  #isStarted = false;
  #isWhole = false;
  #farewell: NodeJS.Timeout | undefined;
  #takenTold = 0;

  constructor(call: HttpCall, options: ExchangeOptions) {
    const { limits, spec } = options;
    this.#options = options;
    this.#windowBytes = httpWindowBytes(limits);
    this.#sender = new ResponseSender({
      call,
      windowBytes: Math.max(1, Math.min(this.#windowBytes, spec.responseWindowBytes)),
      frameTargetBytes: limits.frameTargetBytes,
      onFailed: options.end,
    });
    if (spec.hasBody) {
      this.#body = new RequestBody({
        windowBytes: this.#windowBytes,
        frameMaxBytes: limits.frameMaxBytes,
        limitBytes: limits.httpRequestBodyBytes,
        toldBytes: spec.bodyBytes,
        onTaken: () => this.#tellTaken(),
      });
    }
    this.#leave = options.requests.begin();
  }

  take(message: HttpRequestFrame__Output): void {
    if (message.body !== undefined || message.bodyEnd) {
      if (this.#body === undefined) throw invalid("The request has no body");
      this.#body.accept(message.body ?? new Uint8Array(), message.bodyEnd);
    }
    if (message.consumed !== undefined) this.#sender.consumed(message.consumed);
    if (this.#isStarted || message.cancel) return;
    this.#isStarted = true;
    this.#run().catch((failure: unknown) => this.#fail(failure));
  }

  /** Closes the socket; what was sent stays sent. */
  breakOff(): void {
    clearTimeout(this.#farewell);
    if (!this.#isWhole) this.#abort.abort();
    this.#sender.stop();
    this.#leave();
  }

  async #run(): Promise<void> {
    const { fetch, spec, end } = this.#options;
    const response = await fetch(spec.url, {
      method: spec.method,
      redirect: spec.redirect,
      policy: spec.policy,
      signal: this.#abort.signal,
      ...(await this.#content()),
    });
    this.#sender.head({
      status: response.status,
      statusText: response.statusText,
      headers: [...response.headers].map(([name, value]) => ({ name, value })),
      url: response.url,
      redirected: response.redirected,
      hasBody: response.body !== null,
    });
    if (response.body !== null) await this.#sender.body(response.body);
    await this.#sender.end();
    this.#leave();
    if (this.#abort.signal.aborted) return;
    this.#isWhole = true;
    // The client half-closes when it has seen the end; one that does not is not waited for long.
    this.#farewell = setTimeout(end, farewellMs);
  }

  async #fail(failure: unknown): Promise<void> {
    if (this.#abort.signal.aborted) return;
    await settlesWithinMs(this.#sender.flushNow(), lastBytesMs);
    this.#options.end(failure);
  }

  /**
   * The body and the headers. One of known length says so, as it would if it left from the client; where it fits into the
   * window it is waited for, because only a whole one can be sent again after a redirect.
   */
  async #content(): Promise<Pick<RequestInit, "headers" | "body" | "duplex">> {
    const { headers, bodyBytes } = this.#options.spec;
    const pairs = headers.map(([name, value]): [string, string] => [name, value]);
    if (this.#body === undefined) return { headers: pairs };
    if (bodyBytes !== undefined && bodyBytes <= this.#windowBytes)
      return { headers: pairs, body: await this.#body.whole() };
    const hasLength = bodyBytes === undefined || pairs.some(([name]) => /^content-length$/i.test(name));
    if (!hasLength) pairs.push(["content-length", String(bodyBytes)]);
    return { headers: pairs, body: this.#body.stream(), duplex: "half" };
  }

  #tellTaken(): void {
    const { taken, isDry } = this.#body ?? { taken: 0, isDry: false };
    if (!isDry && taken - this.#takenTold < this.#windowBytes / 8) return;
    this.#takenTold = taken;
    this.#sender.taken(taken);
  }
}

function invalid(message: string): FairleadError {
  return new FairleadError("protocol", message, { reason: "frame_invalid" });
}
