import { FairleadError, type StopReport } from "@fairlead/core";
import { CallTable, type StartedCall } from "../connection/call-table.js";
import { createMessageRouter, type MessageRouter } from "../connection/message-router.js";
import { withoutEffect } from "../connection/server-errors.js";
import { ServerRequests } from "../connection/server-requests.js";
import type { CallAnswer, ConnectionHandlers, McpCall } from "../connection/types.js";
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
  /** Takes back a call that was given up. */
  sendCancel(line: Buffer): void;
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
  #toError: ((during: string) => FairleadError) | undefined;
  #isMuted = false;

  constructor(options: HttpChannelOptions, senders: HttpSenders) {
    const { name, endpoint, requestHeaders = {}, handlers = {} } = options;
    this.name = name;
    this.#handlers = handlers;
    this.limitBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
    this.wire = createHttpWire({ endpoint, name, requestHeaders });
    const warn = (text: string): void => this.warn(text);
    const send = (line: Buffer, started?: StartedCall): void => {
      if (this.isClosed) return;
      if (started === undefined) senders.sendCancel(line);
      else senders.sendCall(line, started);
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
    if (this.isClosed) controller.abort();
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
    this.#toError = toError;
    this.calls.failAll((call) => toError(call.method));
    const error = toError("the next call");
    this.requests?.abortAll(error);
    for (const scope of this.#scopes) scope.abort();
    this.#scopes.clear();
    try {
      this.#handlers.onClosed?.({ cause, error, exit: undefined, stderrTail: "" });
    } catch (thrown) {
      this.warn(`the handler of onClosed threw: ${String(thrown)}`);
    }
    return true;
  }

  /** Ends everything because its owner wants it. @returns false if it was over before */
  endByOwner(): boolean {
    return this.end("closed", () => {
      const message = `The connection to server '${this.name}' was closed`;
      return new FairleadError("canceled", message, { effect: "none", details: { server: this.name } });
    });
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
