import type { FairleadError, ProcessExit, StopReport, StopTimes } from "@fairlead/core";
import type { ScannedNotification, ScannedRequest } from "../envelope/scan-message.js";
import type { Era } from "../eras/protocol-versions.js";

/** A raw, live connection to one server. Whoever opened it owns it: {@link close} or dispose it. */
export interface McpChannel extends AsyncDisposable {
  /**
   * Calls the server. Answers of both kinds are data; their bytes are those that the server sent.
   * @throws FairleadError `unavailable` (server or its machine gone; details: `stderrTail`, `exitCode`, `exitSignal`),
   * `canceled`, `deadline_exceeded`, `resource_exhausted` with reason `message_too_large`, or `protocol`
   */
  request(call: McpCall): Promise<CallAnswer>;
  /** Sends a notification; after the connection has closed it does nothing. */
  notify(method: string, params?: Uint8Array): void;
  /**
   * Stops taking more output from the server than its window, until the answer is called: for a reader who is slow.
   * Holds add up.
   */
  holdOutput(): () => void;
  /** The last bytes that the server wrote to stderr, at most 64 KiB. @default 4 KiB */
  stderrTail(maxBytes?: number): string;
  /** Cancels what is pending and stops the whole process tree. Calling it again gives the same report. */
  close(times?: Partial<StopTimes>): Promise<StopReport>;
}

/** A connection whose handshake is done. */
export interface McpConnection extends McpChannel {
  /** How the server is spoken to. Callers need not care: they use the methods of the legacy era for both. */
  readonly era: Era;
  readonly initializeResult: InitializeResult;
}

/** What the server said about itself. */
export interface InitializeResult {
  /** The revision that both speak. */
  readonly protocolVersion: string;
  /** The whole result, parsed. */
  readonly value: Readonly<Record<string, unknown>>;
  /** The whole result as it came; what a modern server says in `server/discover` is put in this shape. */
  readonly raw: Buffer;
  /** The whole result of `server/discover` as it came. @default undefined for a server that shook hands */
  readonly discoverRaw?: Buffer | undefined;
}

/** One call to a server. */
export interface McpCall {
  readonly method: string;
  /** One JSON value, sent byte for byte, except that a `_meta.progressToken` in it is replaced on the way. */
  readonly params?: Uint8Array | undefined;
  /** Aborting tells the server and rejects with `canceled`; a text as its reason is passed on. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until `deadline_exceeded`, not counting those in which the server waits for us. @default none */
  readonly timeoutMs?: number | undefined;
  /** Sent with the HTTP request of this call, over all others; a stdio server has none. Never logged. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether the caller knows that doing it twice is harmless, so that it may be repeated where nothing was received. @default by the method */
  readonly isRepeatable?: boolean | undefined;
  /**
   * Whether the params carry the modern era's `_meta` already. A modern server then gets them as they are, and what it asks
   * for comes back as its own `input_required` result; to a legacy server it makes no difference. @default false
   */
  readonly isModern?: boolean | undefined;
  /**
   * Whether the server must know it in every session: one that replaces another is told again before anything else, and is not
   * used unless the server agrees. The last agreed call of a method counts. @default false
   */
  readonly isSessionState?: boolean | undefined;
  /** Whatever the caller wants to know the call by when a server says something that belongs to it. Never sent. */
  readonly origin?: object | undefined;
  /** Told progress, in order, all of it before the answer; its params carry the token that this call came with. */
  readonly onProgress?: ((paramsRaw: Buffer) => void) | undefined;
}

/** What a server, or we, answered: the raw JSON of the result or of the error object. */
export type CallAnswer =
  | { readonly kind: "result"; readonly result: Buffer }
  | { readonly kind: "error"; readonly error: Buffer };

/** A call in flight, as far as others need to know it. */
export interface RelatedCall {
  /** The very object that was passed to {@link McpChannel.request}. */
  readonly call: McpCall;
  /**
   * Whether what the server said came by a stream of this call's own, or in its answer; else it is only taken for the call's
   * because no other one was in flight, which a server that goes on with a call that was given up may prove wrong.
   * @default false
   */
  readonly isCertain?: boolean | undefined;
  /** Stops the call's clock until the answer is called. Pauses add up. */
  pauseClock(): () => void;
}

/** What surrounds a request of the server. */
export interface ServerRequestContext {
  /** The call it belongs to, where that can be told: by its stream, or because exactly one is in flight. */
  readonly relatedCall: RelatedCall | undefined;
  /** Aborted when the server takes the request back or the connection ends; an answer is then not sent. */
  readonly signal: AbortSignal;
}

/** Who is told what a server does on its own. Handlers must not throw; what they throw becomes a warning. */
export interface ConnectionHandlers {
  /** Everything but progress of our calls and cancellation of the server's own requests. */
  readonly onNotification?:
    | ((message: ScannedNotification, relatedCall: RelatedCall | undefined) => void)
    | undefined;
  /** Answers a request of the server, `ping` aside. Meanwhile the clock of the related call, else of all, stands. */
  readonly onRequest?:
    | ((message: ScannedRequest, context: ServerRequestContext) => Promise<CallAnswer>)
    | undefined;
  /** Told once, when no more calls can be made; not for a start that fails. */
  readonly onClosed?: ((info: ClosedInfo) => void) | undefined;
  readonly onStderr?: ((line: string) => void) | undefined;
  /** Junk on stdout, answers nobody waits for, and the like, in words. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** Why a connection ended. */
export interface ClosedInfo {
  /** `closed` by its owner, or `lost`. */
  readonly cause: "closed" | "lost";
  /** What pending calls were rejected with. */
  readonly error: FairleadError;
  /** Set if the process ended by itself. */
  readonly exit: ProcessExit | undefined;
  readonly stderrTail: string;
}
