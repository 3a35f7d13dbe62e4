import type { ServerResponse } from "node:http";
import type { EgressBudget } from "../egress-budget.js";
import type { MessageSink } from "../message-sink.js";
import type { AcceptedTypes } from "./accepted-types.js";
import { messageKind } from "./message-kind.js";
import { createPacedWriter } from "./paced-writer.js";
import { type Refusal, refuse } from "./refuse.js";
import { toLine } from "./sse-writer.js";

/** What is no longer than this is cheaper copied than written apart. */
const joinedBytes = 16 * 1024;

/** An event stream that was begun for one request. */
export interface ReplyStream {
  push(message: Buffer, isAwaited: boolean): void;
  end(): void;
}

/** How one POST is answered. */
export interface PostReplyOptions {
  readonly response: ServerResponse;
  readonly accepts: AcceptedTypes;
  /** The id of the request, as it came. */
  readonly idRaw: Buffer;
  /** Sent with an answer that is one JSON. */
  readonly headers: (answer: Buffer) => Readonly<Record<string, string>>;
  readonly egress: EgressBudget;
  /** Milliseconds without any message after which an event stream is begun, so that the agent sees life. */
  readonly streamAfterMs: number;
  /** Begins the event stream; called at most once. */
  readonly openStream: () => ReplyStream;
  /** Takes what the agent cannot be sent here: it takes no event streams, left before there was one, or has its answer. */
  readonly elsewhere: MessageSink;
  /** The status of an answer that is the only message. @default 200 */
  readonly statusOf?: ((answer: Buffer, idRaw: Buffer) => number) | undefined;
}

/**
 * Answers one POST: with plain JSON if the answer is all there is, else with an event stream, begun at the first message
 * that comes before the answer.
 */
export class PostReply implements MessageSink {
  readonly #options: PostReplyOptions;
  #stream: ReplyStream | undefined;
  #isAnswered = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PostReplyOptions) {
    this.#options = options;
    if (options.accepts.events) this.#timer = setTimeout(() => this.#open(), options.streamAfterMs);
    options.response.on("close", () => clearTimeout(this.#timer));
  }

  push(message: Buffer): void {
    const { accepts, idRaw, elsewhere } = this.#options;
    const kind = messageKind(message, idRaw);
    if (this.#isAnswered) {
      // A question may outlive the call that it was put for, and its withdrawal is not to be lost.
      if (kind !== "answer") elsewhere.push(message);
      return;
    }
    if (kind === "answer") this.#isAnswered = true;
    if (this.#stream === undefined && kind === "answer" && accepts.json) {
      this.#sendJson(message);
      return;
    }
    if (this.#stream === undefined && accepts.events) this.#open();
    if (this.#stream !== undefined) {
      this.#stream.push(message, kind !== "notification");
      if (kind === "answer") this.#stream.end();
    } else if (kind !== "answer") elsewhere.push(message);
  }

  /** Ends a request that got no answer: it was taken back, or the session is over. @param why told if nothing was sent yet */
  finish(why?: Refusal): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    clearTimeout(this.#timer);
    const { response } = this.#options;
    if (this.#stream !== undefined) this.#stream.end();
    else if (why !== undefined) refuse(response, why);
    else if (!response.headersSent && !response.destroyed)
      response.writeHead(202, { "content-length": 0 }).end();
  }

  #open(): void {
    clearTimeout(this.#timer);
    const { response } = this.#options;
    if (this.#stream !== undefined || response.headersSent || response.destroyed) return;
    this.#stream = this.#options.openStream();
  }

  #sendJson(message: Buffer): void {
    clearTimeout(this.#timer);
    const { response, headers, egress, idRaw, statusOf } = this.#options;
    if (response.headersSent || response.destroyed) return;
    const body = toLine(message);
    egress.add(body.length);
    response.on("close", () => egress.remove(body.length));
    response.writeHead(statusOf?.(message, idRaw) ?? 200, {
      ...headers(message),
      "content-type": "application/json",
      "content-length": body.length,
      "cache-control": "no-store",
    });
    // As text, in the encoding that keeps every byte, a short answer leaves in one write together with its head.
    if (body.length <= joinedBytes) {
      response.end(body.toString("latin1"), "latin1");
      return;
    }
    const paced = createPacedWriter(response);
    paced.write(body);
    paced.end();
  }
}
