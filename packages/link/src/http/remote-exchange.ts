import { createDeferred, FairleadError, toFairleadError } from "@fairlead/core";
import {
  fromServiceError,
  type HttpRequestFrame,
  type HttpRequestSpec,
  type HttpResponseFrame__Output,
  toHttpRequestHead,
} from "@fairlead/wire";
import { resetLater } from "../channel/reset-later.js";
import { toSentFailure } from "../channel/sent-failure.js";
import type { Connection, HttpCall, Route } from "../session/connection.js";
import { IncomingBody } from "./incoming-body.js";
import type { OutgoingBody } from "./outgoing-body.js";
import { tellWhere } from "./tell-where.js";
import { toResponse } from "./to-response.js";
import { Upload } from "./upload.js";

/** A request, and the way that it takes. */
export interface ExchangeOptions {
  readonly connection: Connection;
  readonly route: Route;
  /** Names the executor in messages. */
  readonly what: string;
  readonly spec: HttpRequestSpec;
  readonly body: OutgoingBody | undefined;
  /** Payload of one frame. */
  readonly frameBytes: number;
  /** Called once, when the stream is of no more use: everything arrived, or nothing more will. */
  readonly onOver: () => void;
}

/** One request over one stream. A broken stream is its end: nothing of it is repeated. */
export class RemoteExchange {
  readonly #options: ExchangeOptions;
  readonly #call: HttpCall;
  readonly #response = createDeferred<Response>();
  readonly #incoming: IncomingBody;
  readonly #upload: Upload | undefined;
  #hasHead = false;
  #isOver = false;

  /**
   * Sends the request.
   * @throws FairleadError `resource_exhausted` for a head that is too large, `usage` for a body that somebody else reads;
   * effect `none`
   */
  constructor(options: ExchangeOptions) {
    const { connection, route, spec, body, frameBytes } = options;
    const head = toHttpRequestHead(spec);
    this.#options = options;
    this.#incoming = new IncomingBody({
      windowBytes: spec.responseWindowBytes,
      onConsumed: (consumed) => this.#send({ consumed }),
      onCancelled: () => this.#leave(),
    });
    const content = body?.content;
    const isSmall = content instanceof Uint8Array && content.length <= frameBytes;
    // Before the call is opened: a body that cannot be read must not cost the executor a request that never ends.
    if (content !== undefined && !isSmall) this.#upload = this.#toUpload(content);
    this.#call = connection.request(route);
    this.#listen();
    this.#send(isSmall ? { head, body: content, bodyEnd: true } : { head });
    this.#upload?.start();
  }

  /** Settles when the head has arrived; its body goes on to fail with this exchange. */
  get response(): Promise<Response> {
    return this.#response.promise;
  }

  /**
   * Gives it up: the executor closes the socket, and whoever waits here is told at once.
   * @param why its effect `none` is not told on, as the request was sent
   */
  abort(why: FairleadError): void {
    if (this.#isOver) return;
    const failure = toSentFailure(why);
    this.#leave();
    this.#incoming.abort(failure);
    this.#response.reject(failure);
  }

  #toUpload(content: OutgoingBody["content"]): Upload {
    const { spec, frameBytes } = this.#options;
    return new Upload(toStream(content), {
      windowBytes: spec.responseWindowBytes,
      frameBytes,
      send: (frame) => this.#send(frame),
      onFailed: (failure) => this.abort(failure),
    });
  }

  #listen(): void {
    const { connection, what } = this.#options;
    this.#call.on("data", (frame: HttpResponseFrame__Output) => {
      if (this.#isOver) return;
      connection.heard();
      try {
        this.#take(frame);
      } catch (failure) {
        this.#leave();
        this.#fail(toFairleadError(failure));
      }
    });
    this.#call.on("error", (error: unknown) => this.#broke(tellWhere(fromServiceError(error, what), what)));
    this.#call.on("end", () => {
      if (!this.#isOver) this.#broke(endedEarly(what));
    });
  }

  #take(frame: HttpResponseFrame__Output): void {
    if (frame.taken !== undefined) this.#upload?.taken(frame.taken);
    if (frame.head != null) {
      if (this.#hasHead) throw invalid("The executor sent two heads for one response");
      this.#hasHead = true;
      this.#response.resolve(toResponse(frame.head, this.#incoming.stream));
    }
    if (frame.body !== undefined) {
      if (!this.#hasHead) throw invalid("The executor sent a response's body before its head");
      this.#incoming.receive(frame.body);
    }
    if (!frame.end) return;
    if (!this.#hasHead) throw invalid("The executor ended a response without a head");
    this.#incoming.end();
    this.#finish();
    this.#call.end();
  }

  #send(frame: HttpRequestFrame): void {
    if (!this.#isOver) this.#call.write(frame);
  }

  /** Says goodbye early. The executor closes the socket at once; the stream is only reset if that does not end it. */
  #leave(): void {
    if (this.#isOver) return;
    this.#send({ cancel: true });
    this.#finish();
    this.#call.end();
    const keep = resetLater(this.#call);
    this.#call.once("status", keep);
  }

  #broke(error: FairleadError): void {
    if (this.#isOver) return;
    const { connection, route } = this.#options;
    this.#finish();
    this.#fail(error);
    if (error.reason !== "executor_unreachable") return;
    if (route === "control") connection.fail(error);
    else connection.bulkFailed(this.#call);
  }

  #fail(error: FairleadError): void {
    this.#incoming.fail(error);
    this.#response.reject(error);
  }

  #finish(): void {
    this.#isOver = true;
    this.#upload?.stop();
    this.#options.onOver();
  }
}

function toStream(content: OutgoingBody["content"]): ReadableStream<unknown> {
  if (!(content instanceof Uint8Array)) return content;
  return new ReadableStream({
    start: (controller) => {
      controller.enqueue(content);
      controller.close();
    },
  });
}

function endedEarly(what: string): FairleadError {
  return new FairleadError("unavailable", `${what}: the stream of the request ended before its response`, {
    reason: "executor_unreachable",
  });
}

function invalid(message: string): FairleadError {
  return new FairleadError("protocol", message, { reason: "frame_invalid" });
}
