import type { FairleadError } from "@fairlead/core";
import type { ScannedNotification, ScannedRequest } from "@fairlead/mcp";
import type { AgentSession } from "../agent-session-port.js";
import type { MessageSink } from "../message-sink.js";
import { type FaceContext, forwardedHeaders, type Posting } from "./face-context.js";
import { createSessionUse, type FaceSession } from "./face-session.js";
import type { HttpSessionFacts } from "./http-face.js";
import { createOpenResponses } from "./open-responses.js";
import { PostReply, type ReplyStream } from "./post-reply.js";
import { faceErrorCodes, refusal } from "./refuse.js";
import { statusOfAnswer } from "./rpc-status.js";
import { toLine } from "./sse-writer.js";

/** What keeps the requests of one modern client together: it has no session, but its servers and questions have. */
export class ModernSession implements FaceSession {
  readonly facts: HttpSessionFacts;
  /** A call that waits for a person to answer has no request under way. */
  readonly use = createSessionUse(() => this.#agent.hasOpenQuestions);
  readonly evicted: Promise<FairleadError>;
  readonly #context: FaceContext;
  readonly #agent: AgentSession;
  readonly #responses = createOpenResponses();
  /** Those of its requests that listen, once they have been told that they do. */
  readonly #listening = new Set<MessageSink>();
  #closing: Promise<void> | undefined;

  /** @throws FairleadError of `openSession` */
  constructor(facts: HttpSessionFacts, context: FaceContext) {
    this.facts = facts;
    this.#context = context;
    this.#agent = context.options.openSession({
      hello: {},
      label: facts.label,
      server: facts.server,
      principal: facts.principal,
      standing: { push: (message) => this.#tellListeners(message) },
    });
    this.evicted = this.#agent.evicted;
  }

  /** Serves a request. An agent that closes the response has taken it back. */
  async serve(posting: Posting<ScannedRequest>): Promise<void> {
    const { message, response, accepts } = posting;
    const endUse = this.use.begin();
    this.#responses.add(response);
    const left = new AbortController();
    response.on("close", () => {
      if (!response.writableFinished) left.abort("The agent closed the stream of its request");
    });
    if (response.destroyed) left.abort("The agent has left");
    const reply = new PostReply({
      response,
      accepts,
      idRaw: message.id.raw,
      headers: () => ({}),
      egress: this.#agent.egress,
      // Until then the status can still tell what became of the request.
      streamAfterMs: this.#context.limits.keepAliveMs,
      openStream: () => this.#openReply(posting, left),
      elsewhere: { push: () => {} },
      statusOf: statusOfAnswer,
    });
    const headers = forwardedHeaders(posting, this.#context);
    const sink = message.method === "subscriptions/listen" ? this.#listener(reply) : reply;
    await this.#agent.serve(message, { sink, signal: left.signal, headers });
    this.#listening.delete(sink);
    const isOver = this.#closing !== undefined;
    reply.finish(
      isOver ? refusal(503, faceErrorCodes.refused, "The gateway let go of this client") : undefined,
    );
    endUse();
  }

  note(message: ScannedNotification): void {
    // Two windows of one client count their requests alike, and this era takes one back by closing its stream.
    if (message.method === "notifications/cancelled") return;
    this.use.begin()();
    this.#agent.note(message);
  }

  tick(): void {
    // Nothing is kept.
  }

  close(isHasty: boolean): Promise<void> {
    this.#closing ??= this.#close(isHasty);
    return this.#closing;
  }

  async #close(isHasty: boolean): Promise<void> {
    const closing = this.#agent.close();
    if (isHasty) this.#responses.breakBehind();
    await closing;
  }

  /** The first message is the acknowledgement, which nothing may come before. */
  #listener(reply: PostReply): MessageSink {
    const sink: MessageSink = {
      push: (message) => {
        reply.push(message);
        this.#listening.add(sink);
      },
    };
    return sink;
  }

  /**
   * A modern client has only the streams of its requests. What belongs to none of them is ours on the merged endpoint, for
   * whoever listens there; on the endpoint of one server it is that server's, and for nobody.
   */
  #tellListeners(message: Buffer): void {
    if (this.facts.server !== undefined) return;
    for (const sink of this.#listening) sink.push(message);
  }

  /** What listens has no end of its own, so it ends with the token that it came in with; a request is still answered. */
  #openReply({ message, response, untilMs }: Posting<ScannedRequest>, left: AbortController): ReplyStream {
    const { streams, onEvent } = this.#context;
    const writer = streams.open(
      response,
      {},
      {
        atMs: message.method === "subscriptions/listen" ? untilMs : undefined,
        onReached: () => {
          onEvent({ type: "stream_ended", session: this.facts, why: "expired" });
          left.abort("The access token of the agent has expired");
        },
      },
    );
    const { egress } = this.#agent;
    return {
      push(message) {
        const line = toLine(message);
        egress.add(line.length);
        writer.write({ message: line }, () => egress.remove(line.length));
      },
      end: () => writer.end(),
    };
  }
}
