import { FairleadError, type StopReport, settlesWithinMs } from "@fairlead/core";
import { CallTable, type StartedCall } from "../connection/call-table.js";
import { createMessageRouter, type MessageRouter } from "../connection/message-router.js";
import { withoutEffect } from "../connection/server-errors.js";
import { ServerRequests } from "../connection/server-requests.js";
import type { CallAnswer, ConnectionHandlers, McpCall } from "../connection/types.js";
import { buildNotification } from "../envelope/build-message.js";
import { defaultMaxMessageBytes } from "../framing/line-splitter.js";
import type { HttpEndpoint } from "./http-endpoint.js";
import { createHttpWire, type HttpWire } from "./http-wire.js";
import { createReadGate, type ReadGate } from "./response-body.js";

/** What every channel over HTTP is told. */
export interface HttpChannelOptions {
  readonly endpoint: HttpEndpoint;
  /** The server's name in the configuration, for messages. */
  readonly name: string;
  /** Sent with every request, over those of the configuration, under those of a call. Never logged. @default none */
  readonly requestHeaders?: Readonly<Record<string, string>> | undefined;
  /** Longest message that is read, in bytes. @default 64 MiB */
  readonly maxMessageBytes?: number | undefined;
  readonly handlers?: ConnectionHandlers | undefined;
}

/** How a channel sends what the tables of its core produce. */
export interface HttpSenders {
  /** Sends a request on a stream of its own. */
  sendCall(line: Buffer, started: StartedCall): void;
  /** Takes back a call that was given up. @returns once that is out, if it is sent; never rejects */
  sendCancel(line: Buffer): Promise<void> | undefined;
  /** Answers a request of the server. Undefined: this revision has none. */
  readonly sendAnswer: ((line: Buffer) => void) | undefined;
}

/** Work that ends with its channel. */
export interface HttpScope {
  readonly signal: AbortSignal;
  /** Stops the work. */
  readonly abort: () => void;
  /** The work is over; nothing holds on to it any more. */
  end(): void;
}

/** What there is nothing of: no process stands behind a URL. */
export const nothingStopped: StopReport = { ended: [], forced: [], survived: [], blindSpots: [] };

/** How long the end waits for calls to be taken back, in milliseconds. */
const cancelMs = 300;

/** What all channels over HTTP have in common: the tables of calls and requests, the router, the end. */
export class HttpCore {
  readonly name: string;
  readonly limitBytes: number;
  readonly wire: HttpWire;
  readonly gate: ReadGate = createReadGate();
  readonly calls: CallTable;
  readonly requests: ServerRequests | undefined;
  readonly router: MessageRouter;
  readonly #handlers: ConnectionHandlers;
  readonly #scopes = new Set<AbortController>();
  readonly #senders: HttpSenders;
  readonly #started = new Set<StartedCall>();
  readonly #cancels = new Set<Promise<void>>();
  #toError: ((during: string) => FairleadError) | undefined;
  #isOver = false;
  #isMuted = false;

  constructor(options: HttpChannelOptions, senders: HttpSenders) {
    const { name, endpoint, requestHeaders = {}, handlers = {} } = options;
    this.name = name;
    this.#handlers = handlers;
    this.#senders = senders;
    this.limitBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
    this.wire = createHttpWire({ endpoint, name, requestHeaders });
    const warn = (text: string): void => this.warn(text);
    const send = (line: Buffer, started?: StartedCall): void => {
      if (this.isClosed) return;
      if (started === undefined) return this.#cancel(line);
      this.#started.add(started);
      started.whenOver(() => void this.#started.delete(started));
      senders.sendCall(line, started);
    };
    const calls = new CallTable({ name, send, warn });
    this.calls = calls;
    const { sendAnswer } = senders;
    if (sendAnswer !== undefined) {
      this.requests = new ServerRequests({
        onRequest: handlers.onRequest,
        send: (line) => {
          if (!this.isClosed) sendAnswer(line);
        },
        warn,
        relatedCall: () => calls.only(),
        pauseClocks: () => calls.pauseClocks(),
      });
    }
    this.router = createMessageRouter({
      name,
      carrier: "something in an answer",
      limitBytes: this.limitBytes,
      calls,
      requests: this.requests,
      onNotification: handlers.onNotification,
      warn,
    });
  }

  /** Whether nothing new may begin. */
  get isClosed(): boolean {
    return this.#toError !== undefined;
  }

  request(call: McpCall): Promise<CallAnswer> {
    const error = this.#toError?.(call.method);
    return error === undefined ? this.calls.start(call) : Promise.reject(withoutEffect(error));
  }

  /** Begins work that ends with the channel at the latest. */
  openScope(): HttpScope {
    const controller = new AbortController();
    if (this.#isOver) controller.abort();
    else this.#scopes.add(controller);
    return {
      signal: controller.signal,
      abort: () => controller.abort(),
      end: () => void this.#scopes.delete(controller),
    };
  }

  /** Ends everything. @returns false if it was over before */
  end(cause: "closed" | "lost", toError: (during: string) => FairleadError): boolean {
    if (this.isClosed) return false;
    this.#failCalls(toError);
    this.#finish(cause, toError);
    return true;
  }

  /** Ends everything because its owner wants it; calls in flight are taken back first, as far as that is quick. */
  async endByOwner(): Promise<void> {
    if (this.isClosed) return;
    const toError = (): FairleadError => {
      const message = `The connection to server '${this.name}' was closed`;
      return new FairleadError("canceled", message, { details: { server: this.name } });
    };
    const notices = [...this.#started].flatMap(closingNotice);
    this.#failCalls(toError);
    for (const notice of notices) this.#cancel(notice);
    if (this.#cancels.size > 0) await settlesWithinMs(Promise.all(this.#cancels), cancelMs);
    this.#finish("closed", toError);
  }

  #failCalls(toError: (during: string) => FairleadError): void {
    this.#toError = toError;
    this.calls.failAll((call) => toError(call.method));
  }

  #cancel(line: Buffer): void {
    const sending = this.#senders.sendCancel(line);
    if (sending === undefined) return;
    const known = sending.finally(() => void this.#cancels.delete(known));
    this.#cancels.add(known);
  }

  #finish(cause: "closed" | "lost", toError: (during: string) => FairleadError): void {
    this.#isOver = true;
    const error = toError("the next call");
    this.requests?.abortAll(error);
    for (const scope of this.#scopes) scope.abort();
    this.#scopes.clear();
    try {
      this.#handlers.onClosed?.({ cause, error, exit: undefined, stderrTail: "" });
    } catch (thrown) {
      this.warn(`the handler of onClosed threw: ${String(thrown)}`);
    }
  }

  warn(text: string): void {
    if (this.#isMuted) return;
    try {
      this.#handlers.onWarning?.(`Server '${this.name}': ${text}`);
    } catch {
      // Nobody is left to tell that warnings cannot be told.
      this.#isMuted = true;
    }
  }
}

/** The notice that takes a call back; a handshake must not be taken back. */
function closingNotice({ id, call }: StartedCall): Buffer[] {
  if (call.method === "initialize" || call.method === "server/discover") return [];
  const params = JSON.stringify({ requestId: id, reason: "The connection is closed" });
  return [buildNotification({ method: "notifications/cancelled", paramsRaw: Buffer.from(params) })];
}
