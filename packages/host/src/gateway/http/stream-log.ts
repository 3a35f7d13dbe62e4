import type { EgressBudget } from "../egress-budget.js";
import { type KeptMessage, type ReplayStore } from "./replay-store.js";
import { type SseWriter, toLine } from "./sse-writer.js";

/** What a stream of a session needs of it. */
export interface StreamLogOptions {
  /** Tells the stream apart from others, of this session and of former ones; begins the ids of its events. */
  readonly id: string;
  readonly store: ReplayStore;
  readonly egress: () => EgressBudget;
  /** Told when a message that nobody has read was dropped to make room. */
  readonly onLost: () => void;
  /** Told when the stream has ended and nothing of it is kept any more, so that it can be forgotten. */
  readonly onEmpty: () => void;
}

interface LoggedMessage extends KeptMessage {
  readonly sequence: number;
  /** Set while it is being written, to whom. */
  writer: SseWriter | undefined;
}

/**
 * One event stream of a session. It outlives its reader: messages are numbered, and a reader who comes back goes on exactly
 * behind the last one it saw.
 */
export class StreamLog {
  readonly #options: StreamLogOptions;
  readonly #messages = new Map<number, LoggedMessage>();
  #last = 0;
  #isEnded = false;
  #reader: SseWriter | undefined;

  constructor(options: StreamLogOptions) {
    this.#options = options;
  }

  /** Whoever reads now. */
  get reader(): SseWriter | undefined {
    return this.#reader;
  }

  /** The number of the newest message. */
  get last(): number {
    return this.#last;
  }

  /** Whether nothing more will come, and nothing is left. */
  get isOver(): boolean {
    return this.#isEnded && this.#messages.size === 0;
  }

  /** The id of the event that a new reader of this stream may come back with, before it was sent any. */
  get startId(): string {
    for (const [sequence, { wasSent }] of this.#messages) {
      if (!wasSent) return this.#eventId(sequence - 1);
    }
    return this.#eventId(this.#last);
  }

  push(message: Buffer, isAwaited: boolean): void {
    if (this.#isEnded) return;
    this.#last += 1;
    const sequence = this.#last;
    const logged: LoggedMessage = {
      message: toLine(message),
      isAwaited,
      sequence,
      wasSent: false,
      writer: undefined,
      onDropped: () => {
        this.#messages.delete(sequence);
        if (!logged.wasSent) this.#options.onLost();
        if (this.isOver) this.#options.onEmpty();
      },
    };
    this.#messages.set(sequence, logged);
    if (this.#reader === undefined) this.#options.store.keep(logged);
    else this.#write(logged, this.#reader);
  }

  /** Nothing more will come. A reader's stream ends; another one may still fetch what is left. */
  end(): void {
    this.#isEnded = true;
    this.#reader?.end();
    if (this.isOver) this.#options.onEmpty();
  }

  /**
   * Gives the stream to a reader; the former one, if any, is let go.
   * @param after the number of the last event that the reader has. @default all that was never sent is sent
   */
  attach(writer: SseWriter, after?: number): void {
    const former = this.#reader;
    if (after !== undefined) this.acknowledge(after);
    this.#detach();
    former?.end();
    this.#reader = writer;
    writer.onClosed(() => {
      if (this.#reader === writer) this.#detach();
    });
    for (const logged of this.#messages.values()) {
      if (after !== undefined || !logged.wasSent) {
        this.#options.store.forget(logged);
        this.#write(logged, writer);
      }
    }
    if (this.#isEnded) writer.end();
  }

  /** Forgets what a reader has got. @param upTo the number of its last event */
  acknowledge(upTo: number): void {
    for (const logged of this.#messages.values()) {
      if (logged.sequence > upTo) return;
      if (logged.writer !== undefined) this.#putBack(logged, true);
      this.#options.store.forget(logged);
      this.#messages.delete(logged.sequence);
    }
  }

  /** Drops everything, and ends the reader's stream. */
  close(): void {
    this.#isEnded = true;
    const reader = this.#reader;
    this.#detach();
    for (const logged of this.#messages.values()) this.#options.store.forget(logged);
    this.#messages.clear();
    reader?.end();
  }

  #write(logged: LoggedMessage, writer: SseWriter): void {
    const { message, sequence } = logged;
    logged.writer = writer;
    this.#options.egress().add(message.length);
    writer.write({ id: this.#eventId(sequence), message }, (isTaken) => {
      if (logged.writer === writer) this.#putBack(logged, isTaken);
    });
  }

  #putBack(logged: LoggedMessage, isTaken: boolean): void {
    this.#options.egress().remove(logged.message.length);
    logged.writer = undefined;
    if (isTaken) logged.wasSent = true;
    if (this.#messages.has(logged.sequence)) this.#options.store.keep(logged);
  }

  #detach(): void {
    this.#reader = undefined;
    for (const logged of this.#messages.values()) {
      if (logged.writer !== undefined) this.#putBack(logged, false);
    }
  }

  #eventId(sequence: number): string {
    return `${this.#options.id}-${sequence}`;
  }
}

/** What the id of an event says: of which session it is, of which of its streams, and how far that is. */
export interface EventPlace {
  readonly mark: string;
  readonly stream: string;
  readonly sequence: number;
}

/** Reads the id of an event. @returns undefined for what is none */
export function readEventId(text: string): EventPlace | undefined {
  const [, mark, stream, sequence] = /^([^-]{1,15})-([0-9]{1,15})-([0-9]{1,15})$/.exec(text) ?? [];
  if (mark === undefined || stream === undefined || sequence === undefined) return undefined;
  return { mark, stream, sequence: Number(sequence) };
}
