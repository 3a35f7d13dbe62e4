import { createDeferred, createId, type Deferred, FairleadError } from "@fairlead/core";
import {
  buildError,
  buildNotification,
  buildRequest,
  buildResult,
  type CallAnswer,
  type MessageId,
  messageIdKey,
  type ScannedErrorAnswer,
  type ScannedResult,
  sliceRange,
} from "@fairlead/mcp";
import type { MessageSink } from "./message-sink.js";

/** How a question to an agent is put. */
export interface QuestionOptions {
  /** An abort tells the agent that the question is taken back, and rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** @default the standing stream */
  readonly sink?: MessageSink | undefined;
}

interface PendingQuestion {
  readonly method: string;
  readonly answer: Deferred<CallAnswer>;
}

/** JSON-RPC towards one agent, raw: answers, notifications, and the questions that servers ask it. */
export class AgentPeer {
  readonly #standing: MessageSink;
  readonly #pending = new Map<string, PendingQuestion>();
  // Of this connection alone: an answer that was meant for another one can never fit.
  readonly #prefix = createId("fairlead");
  #nextId = 1;
  #isClosed = false;

  constructor(standing: MessageSink) {
    this.#standing = standing;
  }

  /** Gives a text that no other connection has, for ids and progress tokens of ours. */
  createToken(): string {
    const token = `${this.#prefix}-${this.#nextId}`;
    this.#nextId += 1;
    return token;
  }

  respond(id: MessageId, answer: CallAnswer, sink: MessageSink): void {
    if (this.#isClosed) return;
    sink.push(
      answer.kind === "result"
        ? buildResult({ idRaw: id.raw, resultRaw: answer.result })
        : buildError({ idRaw: id.raw, errorRaw: answer.error }),
    );
  }

  /** @param sink where it goes. @default the standing stream */
  notify(method: string, paramsRaw?: Uint8Array, sink: MessageSink = this.#standing): void {
    if (!this.#isClosed) sink.push(buildNotification({ method, paramsRaw }));
  }

  /** Asks the agent. */
  async request(
    method: string,
    paramsRaw: Uint8Array | undefined,
    { signal, sink = this.#standing }: QuestionOptions,
  ): Promise<CallAnswer> {
    signal.throwIfAborted();
    if (this.#isClosed) throw disconnectedError();
    const id = this.createToken();
    const idRaw = JSON.stringify(id);
    const answer = createDeferred<CallAnswer>();
    const key = messageIdKey({ value: id, raw: Buffer.from(idRaw) });
    this.#pending.set(key, { method, answer });
    const onAbort = (): void => {
      const reason = typeof signal.reason === "string" ? signal.reason : undefined;
      const params = JSON.stringify({ requestId: id, reason });
      this.notify("notifications/cancelled", Buffer.from(params), sink);
      answer.reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    sink.push(buildRequest({ idRaw, method, paramsRaw }));
    try {
      return await answer.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#pending.delete(key);
    }
  }

  /** Takes the agent's answer to a question; one that nobody waits for is dropped. */
  settle(message: ScannedResult | ScannedErrorAnswer): void {
    const waiting = message.id === undefined ? undefined : this.#pending.get(messageIdKey(message.id));
    if (message.kind === "result") {
      waiting?.answer.resolve({ kind: "result", result: sliceRange(message.line, message.result) });
    } else waiting?.answer.resolve({ kind: "error", error: sliceRange(message.line, message.error) });
  }

  /** Fails the question whose answer cannot be read. @returns whether there is one */
  settleBroken(id: MessageId, why: string): boolean {
    const waiting = this.#pending.get(messageIdKey(id));
    if (waiting === undefined) return false;
    const text = `The agent's answer to ${waiting.method} is broken: ${why}`;
    waiting.answer.reject(new FairleadError("protocol", text, { reason: "frame_invalid" }));
    return true;
  }

  /** Fails every open question, and sends nothing more. */
  close(): void {
    this.#isClosed = true;
    for (const { answer } of this.#pending.values()) answer.reject(disconnectedError());
    this.#pending.clear();
  }
}

function disconnectedError(): FairleadError {
  return new FairleadError("unavailable", "The agent has disconnected", { reason: "transport_closed" });
}
