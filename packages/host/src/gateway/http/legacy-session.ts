import type { ServerResponse } from "node:http";
import { createId, type FairleadError } from "@fairlead/core";
import type { MessageId, ScannedNotification, ScannedRequest } from "@fairlead/mcp";
import type { AgentSession } from "../agent-session-port.js";
import { type Exchange, type FaceContext, forwardedHeaders, headerOf, type Posting } from "./face-context.js";
import { createSessionUse, type FaceSession } from "./face-session.js";
import type { HttpSessionFacts } from "./http-face.js";
import { errorCodeOf, messageKind } from "./message-kind.js";
import { createOpenResponses } from "./open-responses.js";
import { PostReply, type ReplyStream } from "./post-reply.js";
import { faceErrorCodes, refusal } from "./refuse.js";
import { createReplayStore, type ReplayStore } from "./replay-store.js";
import type { SseWriter } from "./sse-writer.js";
import { readEventId, StreamLog } from "./stream-log.js";

/** The first revision whose agents expect an event without data at the begin of a stream. */
const firstPrimedVersion = "2025-11-25";
/** The stream of what belongs to no request. */
const standingId = "0";
/** How long an answer larger than what is kept for replay is kept nevertheless. */
const largeAnswerMs = 30_000;

/** What a session of the legacy era is made of. */
export interface LegacySessionOptions {
  /** What the agent shows with every request. */
  readonly id: string;
  readonly facts: HttpSessionFacts;
  readonly context: FaceContext;
}

/** One session of an agent that shook hands. Its streams outlive their connections. */
export class LegacySession implements FaceSession {
  readonly id: string;
  readonly facts: HttpSessionFacts;
  readonly use = createSessionUse();
  readonly evicted: Promise<FairleadError>;
  readonly #context: FaceContext;
  readonly #agent: AgentSession;
  readonly #store: ReplayStore;
  readonly #responses = createOpenResponses();
  /** Tells the ids of its events from those of other sessions, which an agent may still hold. */
  readonly #mark = createId("e").slice(-6);
  readonly #logs = new Map<string, StreamLog>();
  readonly #standing: StreamLog;
  #nextStream = 1;
  #hasLost = false;
  #closing: Promise<void> | undefined;

  /** @throws FairleadError of `openSession` */
  constructor({ id, facts, context }: LegacySessionOptions) {
    const { replayBytes, maxMessageBytes } = context.limits;
    this.id = id;
    this.facts = facts;
    this.#context = context;
    this.#store = createReplayStore({ replayBytes, awaitedBytes: maxMessageBytes });
    this.#standing = this.#createLog(standingId);
    this.#agent = context.options.openSession({
      hello: {},
      label: facts.label,
      server: facts.server,
      principal: facts.principal,
      standing: { push: (message) => this.#pushStanding(message) },
    });
    this.evicted = this.#agent.evicted;
  }

  /** Serves a request on the response of its POST. Settles when it is answered, or has been taken back. */
  async serve(posting: Posting<ScannedRequest>): Promise<"answered" | "failed"> {
    const { message, response, accepts } = posting;
    this.#addReader(response);
    const idRaw = message.id.raw;
    const isError = (answer: Buffer): boolean => errorCodeOf(answer, idRaw) !== undefined;
    let isFailed = false;
    const reply = new PostReply({
      response,
      accepts,
      idRaw,
      headers: (answer) => (message.method === "initialize" && !isError(answer) ? this.#idHeader() : {}),
      egress: this.#agent.egress,
      streamAfterMs: this.#context.limits.streamAfterMs,
      openStream: () => this.#openReply(posting),
      elsewhere: { push: (other) => this.#pushStanding(other) },
    });
    const sink = {
      push(pushed: Buffer): void {
        if (messageKind(pushed, idRaw) === "answer") isFailed = isError(pushed);
        reply.push(pushed);
      },
    };
    await this.#agent.serve(message, { sink, headers: forwardedHeaders(posting, this.#context) });
    const isOver = this.#closing !== undefined;
    reply.finish(isOver ? refusal(503, faceErrorCodes.refused, "This session has ended") : undefined);
    return isFailed ? "failed" : "answered";
  }

  /** Takes a notification or an answer to one of our questions. */
  take(message: Exclude<Posting["message"], { readonly kind: "request" | "invalid" }>): void {
    this.use.begin()();
    if (message.kind === "notification") this.#agent.note(message satisfies ScannedNotification);
    else this.#agent.settle(message);
  }

  /** As {@link AgentSession.settleBroken}. */
  settleBroken(id: MessageId, why: string): void {
    this.use.begin()();
    this.#agent.settleBroken(id, why);
  }

  /** Gives the standing stream to a reader. @returns false if it has a reader who is well */
  openStanding(exchange: Exchange): boolean {
    const { reader } = this.#standing;
    if (reader !== undefined && !this.#context.streams.isStuck(reader)) return false;
    this.#addReader(exchange.response);
    const writer = this.#openWriter(exchange.response, exchange.untilMs);
    this.#prime(writer, this.#standing.startId, exchange);
    this.#standing.attach(writer);
    return true;
  }

  /**
   * Goes on with a stream behind an event.
   * @returns `over` if the stream has ended and nothing of it is left, `unknown` if there never was such an event
   */
  resume(exchange: Exchange, lastEventId: string): "resumed" | "over" | "unknown" {
    const read = readEventId(lastEventId);
    if (read?.mark !== this.#mark || Number(read.stream) >= this.#nextStream) return "unknown";
    const log = this.#logs.get(read.stream);
    if (log !== undefined && read.sequence > log.last) return "unknown";
    log?.acknowledge(read.sequence);
    if (log === undefined || log.isOver) {
      this.#logs.delete(read.stream);
      return "over";
    }
    this.#addReader(exchange.response);
    log.attach(this.#openWriter(exchange.response, exchange.untilMs), read.sequence);
    return "resumed";
  }

  tick(): void {
    this.#store.dropLargeOlderThan(largeAnswerMs);
  }

  close(isHasty: boolean): Promise<void> {
    this.#closing ??= this.#close(isHasty);
    return this.#closing;
  }

  async #close(isHasty: boolean): Promise<void> {
    const closing = this.#agent.close();
    if (isHasty) this.#responses.breakBehind();
    for (const log of this.#logs.values()) log.close();
    await closing;
  }

  /**
   * Whoever reads uses the session. A request whose reader has left does not: it may wait for an answer of an agent that is
   * gone for good.
   */
  #addReader(response: ServerResponse): void {
    const endUse = this.use.begin();
    if (response.destroyed) return endUse();
    this.#responses.add(response);
    response.on("close", endUse);
  }

  #openReply(exchange: Exchange): ReplyStream {
    const id = String(this.#nextStream);
    this.#nextStream += 1;
    const log = this.#createLog(id);
    const writer = this.#openWriter(exchange.response);
    this.#prime(writer, log.startId, exchange);
    log.attach(writer);
    return log;
  }

  /** @param untilMs when a reader has to come back with a newer token, in milliseconds since the epoch. @default never */
  #openWriter(response: ServerResponse, untilMs?: number): SseWriter {
    const { streams, onEvent } = this.#context;
    return streams.open(response, this.#idHeader(), {
      atMs: untilMs,
      onReached: () => onEvent({ type: "stream_ended", session: this.facts, why: "expired" }),
    });
  }

  #prime(writer: SseWriter, id: string, { request }: Exchange): void {
    const version = headerOf(request, "mcp-protocol-version") ?? "";
    writer.prime(id, { retryMs: this.#context.limits.retryMs, isEvent: version >= firstPrimedVersion });
  }

  #createLog(id: string): StreamLog {
    const log = new StreamLog({
      id: `${this.#mark}-${id}`,
      store: this.#store,
      egress: () => this.#agent.egress,
      onLost: () => this.#warnOfLoss(),
      onEmpty: () => this.#logs.delete(id),
    });
    this.#logs.set(id, log);
    return log;
  }

  #pushStanding(message: Buffer): void {
    this.#standing.push(message, messageKind(message) !== "notification");
  }

  #warnOfLoss(): void {
    if (this.#hasLost) return;
    this.#hasLost = true;
    const text = `Session ${this.facts.label} does not read all of its streams: the oldest messages in them are dropped`;
    this.#context.onEvent({ type: "warning", text });
  }

  #idHeader(): Readonly<Record<string, string>> {
    return { "mcp-session-id": this.id };
  }
}
