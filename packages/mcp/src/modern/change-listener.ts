import {
  createDeferred,
  type Deferred,
  FairleadError,
  type JsonObject,
  toFairleadError,
} from "@fairlead/core";
import type { CallAnswer, McpCall } from "../connection/types.js";
import { messageIdKey } from "../envelope/message-id.js";
import {
  type ListenFilter,
  listenableLists,
  listenedLists,
  readAcknowledgement,
  readSubscriptionId,
} from "../eras/listen.js";
import { isPassingStatus } from "../http/retry-rules.js";

/** Pauses before a stream that ended is opened again, in milliseconds: doubled up to the longest. */
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** A stream that was not acknowledged by then is given up, and asked for again. */
const acknowledgeMs = 30_000;

/** What a listener needs from its connection. */
export interface ChangeListenerOptions {
  /** Those that `server/discover` told. */
  readonly capabilities: JsonObject;
  /** Sends a request of ours; the envelope is put in on the way. */
  request(call: McpCall): Promise<CallAnswer>;
  /** Told, in the shape of a legacy notification, what may have changed while nobody listened. */
  onMissed(method: string, params: JsonObject | undefined): void;
  warn(text: string): void;
}

/** One `subscriptions/listen` under way. */
interface Stream {
  /** The very call that was passed to the channel, which may name it when a notification comes. */
  readonly call: McpCall;
  readonly asked: ListenFilter;
  readonly abort: AbortController;
  readonly ackTimer: NodeJS.Timeout;
  /** Whether the stream before it was given up unacknowledged, so that the first acknowledgement may still be that one's. */
  readonly isDoubtful: boolean;
  /** What the server calls it, once it has acknowledged. */
  idKey: string | undefined;
  /** When it was acknowledged, on the monotonic clock. */
  sinceMs: number;
}

/** A resource that is to be listened to. */
interface Wish {
  /** Settles with the server's first word on it. */
  readonly agreed: Deferred<void>;
  /** Whether the server has listened to it for us. */
  isAgreed: boolean;
}

/**
 * Keeps one `subscriptions/listen` open for everything that a server can tell: the lists that it announces, and the
 * resources that were subscribed to. A wish that changes opens a new stream, and closes the old one once the new one is
 * acknowledged, so that nothing is missed in between.
 */
export class ChangeListener {
  readonly #options: ChangeListenerOptions;
  readonly #lists: ListenFilter;
  readonly #uris = new Map<string, Wish>();
  #current: Stream | undefined;
  /** Sent and not acknowledged yet: one at a time, so that an acknowledgement can only be its. */
  #next: Stream | undefined;
  #isDirty = false;
  #isClosed = false;
  #hasGap = false;
  #wasAcknowledged = false;
  /** Whether it was told that a server which told changes before refuses to; until it tells them again. */
  #isRefusalTold = false;
  #wasLate = false;
  #pauseMs = firstPauseMs;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ChangeListenerOptions) {
    this.#options = options;
    this.#lists = listenableLists(options.capabilities);
  }

  /** Begins to listen, if there is anything to listen to. */
  start(): void {
    this.#refresh();
  }

  /**
   * Listens to a resource too. Settles once the server has agreed.
   * @throws FairleadError `protocol` if it does not
   */
  subscribe(uri: string): Promise<void> {
    const known = this.#uris.get(uri);
    if (known !== undefined) return known.agreed.promise;
    const agreed = createDeferred<void>();
    // Whoever gave up waiting hears nothing of a late refusal.
    agreed.promise.catch(() => {});
    this.#uris.set(uri, { agreed, isAgreed: false });
    this.#refresh();
    return agreed.promise;
  }

  unsubscribe(uri: string): void {
    if (this.#uris.delete(uri)) this.#refresh();
  }

  /** Takes the acknowledgement of a stream. @param call the call that it came on the stream of, where that is known */
  acknowledged(paramsRaw: Buffer, call: McpCall | undefined): void {
    const stream = this.#next ?? (this.#current?.isDoubtful === true ? this.#current : undefined);
    const id = readSubscriptionId(paramsRaw);
    if (stream === undefined || (call !== undefined && call !== stream.call)) return;
    clearTimeout(stream.ackTimer);
    stream.sinceMs = performance.now();
    stream.idKey = id === undefined ? undefined : messageIdKey(id);
    const former = this.#current === stream ? undefined : this.#current;
    this.#next = undefined;
    this.#current = stream;
    this.#wasAcknowledged = true;
    this.#isRefusalTold = false;
    this.#wasLate = false;
    former?.abort.abort("Replaced by another subscription");
    const honoured = readAcknowledgement(paramsRaw);
    this.#settleUris(stream.asked, honoured);
    if (this.#hasGap) this.#tellMissed(honoured);
    this.#hasGap = false;
    if (this.#isDirty) this.#refresh();
  }

  /** Tells whether a notification is for the stream in force; one for a stream that was replaced came already. */
  accepts(paramsRaw: Buffer | undefined): boolean {
    const id = paramsRaw === undefined ? undefined : readSubscriptionId(paramsRaw);
    const idKey = this.#current?.idKey;
    return id === undefined || idKey === undefined || messageIdKey(id) === idKey;
  }

  /** The server ends a stream by taking its request back. @param idKey see `messageIdKey` */
  endedByServer(idKey: string): void {
    const stream = this.#current;
    if (stream?.idKey !== idKey) return;
    stream.abort.abort("Ended by the server");
    this.#ended(stream);
  }

  /** Ends what is open; nothing is opened again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const stream of [this.#current, this.#next]) {
      clearTimeout(stream?.ackTimer);
      stream?.abort.abort("The connection is closing");
    }
    this.#current = undefined;
    this.#next = undefined;
    for (const { agreed } of this.#uris.values()) {
      agreed.reject(new FairleadError("canceled", "The connection was closed"));
    }
  }

  #refresh(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#isDirty = this.#next !== undefined;
    if (this.#isDirty) return;
    const asked = this.#wanted();
    if (Object.keys(asked).length > 0) this.#open(asked);
    else {
      const former = this.#current;
      this.#current = undefined;
      former?.abort.abort("Nothing is subscribed to any more");
    }
  }

  #wanted(): ListenFilter {
    const uris = [...this.#uris.keys()];
    return { ...this.#lists, ...(uris.length === 0 ? {} : { resourceSubscriptions: uris }) };
  }

  #open(asked: ListenFilter): void {
    const abort = new AbortController();
    const params = Buffer.from(JSON.stringify({ notifications: asked }));
    const call: McpCall = {
      method: "subscriptions/listen",
      params,
      signal: abort.signal,
      isRepeatable: false,
    };
    const ackTimer = setTimeout(() => {
      abort.abort("Not acknowledged");
      this.#late(stream);
    }, acknowledgeMs);
    const isDoubtful = this.#wasLate;
    const stream: Stream = { call, asked, abort, ackTimer, isDoubtful, idKey: undefined, sinceMs: 0 };
    this.#next = stream;
    this.#options.request(call).then(
      (answer) => this.#answered(stream, answer),
      (thrown: unknown) => this.#broken(stream, toFairleadError(thrown)),
    );
  }

  #answered(stream: Stream, answer: CallAnswer): void {
    if (stream === this.#current) return this.#ended(stream);
    if (stream !== this.#next) return;
    const refusal = answer.kind === "error" ? answer.error.toString("utf8", 0, 300) : undefined;
    // Who told changes before, and tells none now, has a trouble that passes, or will not have what is new.
    const mayPass = this.#wasAcknowledged && (refusal === undefined || this.#current === undefined);
    if (!mayPass) return this.#refused(stream, refusal ?? "it ended at once");
    if (refusal !== undefined) {
      if (!this.#isRefusalTold) this.#options.warn(`changes are not told for now: ${refusal}`);
      this.#isRefusalTold = true;
      this.#refuseNew(stream);
    }
    this.#failed(stream);
  }

  #broken(stream: Stream, error: FairleadError): void {
    if (stream === this.#current) return this.#ended(stream);
    if (this.#isFinal(error)) return this.#refused(stream, error.message);
    this.#failed(stream);
  }

  /** Tells whether asking again is in vain. A server that once told changes may have any trouble that passes. */
  #isFinal({ code, reason, details: { status } }: FairleadError): boolean {
    if (reason === "version_mismatch") return true;
    if (this.#wasAcknowledged) return false;
    return typeof status === "number" ? status < 500 && !isPassingStatus(status) : code === "protocol";
  }

  #late(stream: Stream): void {
    if (stream !== this.#next) return;
    if (!this.#wasAcknowledged && !this.#wasLate) {
      this.#options.warn("changes are not told yet, because subscriptions/listen was not acknowledged");
    }
    this.#wasLate = true;
    this.#failed(stream);
  }

  #failed(stream: Stream): void {
    if (stream !== this.#next) return;
    clearTimeout(stream.ackTimer);
    this.#next = undefined;
    this.#hasGap ||= this.#current === undefined;
    this.#retryLater();
  }

  /** What the server will not have is not asked for again until something else is wished. */
  #refused(stream: Stream, why: string): void {
    if (stream !== this.#next) return;
    clearTimeout(stream.ackTimer);
    this.#next = undefined;
    this.#options.warn(`changes are not told, because subscriptions/listen was refused: ${why}`);
    this.#refuseNew(stream);
    if (this.#isDirty) this.#refresh();
  }

  /** Refuses the resources that a stream asked for and none before it was granted. */
  #refuseNew({ asked }: Stream): void {
    const agreed = [...this.#uris].filter(([, { isAgreed }]) => isAgreed).map(([uri]) => uri);
    this.#settleUris(asked, { resourceSubscriptions: agreed });
  }

  #ended(stream: Stream): void {
    if (stream !== this.#current) return;
    this.#current = undefined;
    this.#hasGap = true;
    // A server that ends streams as soon as it has them is asked more and more seldom.
    if (performance.now() - stream.sinceMs > longestPauseMs) this.#pauseMs = firstPauseMs;
    if (this.#next === undefined) this.#retryLater();
  }

  #retryLater(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refresh(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }

  #settleUris(asked: ListenFilter, honoured: ListenFilter): void {
    for (const uri of asked.resourceSubscriptions ?? []) {
      const wish = this.#uris.get(uri);
      if (wish === undefined) continue;
      if (honoured.resourceSubscriptions?.includes(uri) === true) {
        wish.isAgreed = true;
        wish.agreed.resolve();
      } else {
        this.#uris.delete(uri);
        const message = `The server does not tell changes of ${uri}`;
        wish.agreed.reject(new FairleadError("protocol", message, { reason: "peer_error", effect: "none" }));
      }
    }
  }

  #tellMissed(honoured: ListenFilter): void {
    for (const method of listenedLists(honoured)) this.#options.onMissed(method, undefined);
    for (const uri of honoured.resourceSubscriptions ?? []) {
      this.#options.onMissed("notifications/resources/updated", { uri });
    }
  }
}
