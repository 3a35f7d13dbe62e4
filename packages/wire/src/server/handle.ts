import { createDeferred, type Deferred, FairleadError, toFairleadError } from "@fairlead/core";
import type {
  Metadata,
  Server,
  ServerDuplexStream,
  ServerUnaryCall,
  ServiceDefinition,
  sendUnaryData,
} from "@grpc/grpc-js";
import { toFailedStatus } from "../errors/error-detail.js";

/** What a handler is told about the call beside its message. */
export interface CallContext {
  readonly metadata: Metadata;
  /** Who is calling, as {@link HandleOptions.identify} found. */
  readonly principal: string;
  /** Fires when the client cancelled or its connection broke. */
  readonly signal: AbortSignal;
}

/** Answers one message with one message. */
export type UnaryHandler<Request, Response> = (
  request: Request,
  context: CallContext,
) => Response | Promise<Response>;

/** A stream in both directions as its handler sees it. */
export interface DuplexCall<Request, Response> {
  /** Takes messages from now on; a throw ends the call with that error. Set it before the first await. */
  onMessage(listener: (message: Request) => void): void;
  /** Called once when the client half-closed. */
  onEnd(listener: () => void): void;
  /** Sends, or queues what the client does not read yet; too much of that ends the call (`limit_reached`). */
  send(message: Response): void;
  /** Whether so much is queued that a handler should wait for {@link onDrained} before it sends more. */
  readonly isCongested: boolean;
  /** Called each time when the call is congested no more. */
  onDrained(listener: () => void): void;
  /** Settles once the transport has taken all that was sent; never, if the client reads nothing or is gone. */
  flushed(): Promise<void>;
}

/** Serves a stream; the call ends well when the promise resolves, and with its error when it rejects. */
export type DuplexHandler<Request, Response> = (
  call: DuplexCall<Request, Response>,
  context: CallContext,
) => Promise<void>;

/** What all handlers of a server share. */
export interface HandleOptions {
  /** Finds out who is calling. @throws FairleadError `unauthenticated` or `forbidden` */
  readonly identify: (metadata: Metadata, peer: string) => string;
  /** Told about failures that are bugs of ours, before the peer gets a message without details. */
  readonly onInternalError: (error: FairleadError, method: string) => void;
}

/**
 * Serialized bytes of one stream that wait for the transport from which on it is congested. What HTTP/2 has taken is not
 * counted, so it only has to bridge the turns of the event loop.
 */
const congestedBytes = 512 * 1024;
/** More than this is queued only for a client that asks and does not read. */
const mostQueuedBytes = 4 * 1024 * 1024;

type AnyHandler = UnaryHandler<never, unknown> | DuplexHandler<never, never>;
type UnaryCall = ServerUnaryCall<unknown, unknown>;
type StreamCall = ServerDuplexStream<unknown, unknown>;

/**
 * Registers the handlers of one service: the only way in which this project adds a service. Whatever a handler throws,
 * now or later, becomes a typed status of that one call; nothing it does can end the daemon.
 */
export function handle(
  server: Server,
  definition: ServiceDefinition,
  handlers: Readonly<Record<string, AnyHandler>>,
  options: HandleOptions,
): void {
  const implementation: Record<string, (...args: never[]) => void> = {};
  for (const [name, method] of Object.entries(definition)) {
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`No handler for ${method.path}`);
    implementation[name] = method.responseStream
      ? (call: StreamCall) =>
          serveDuplex(call, handler as DuplexHandler<unknown, unknown>, { ...options, method })
      : (call: UnaryCall, done: sendUnaryData<unknown>) =>
          void serveUnary(call, handler as UnaryHandler<unknown, unknown>, options).then(
            (response) => done(null, response),
            (failure: unknown) => done(failed(failure, method.path, options)),
          );
  }
  server.addService(serializedStreams(definition), implementation as never);
}

/** Streams are given serialized messages, so that what is queued can be counted without doing it twice. */
function serializedStreams(definition: ServiceDefinition): ServiceDefinition {
  const entries = Object.entries(definition).map(([name, method]) =>
    method.responseStream
      ? [name, { ...method, responseSerialize: (bytes: Buffer) => bytes }]
      : [name, method],
  );
  return Object.fromEntries(entries) as ServiceDefinition;
}

async function serveUnary(
  call: UnaryCall,
  handler: UnaryHandler<unknown, unknown>,
  options: HandleOptions,
): Promise<unknown> {
  return handler(call.request, contextOf(call, options));
}

function serveDuplex(
  call: StreamCall,
  handler: DuplexHandler<unknown, unknown>,
  options: HandleOptions & { readonly method: ServiceDefinition[string] },
): void {
  let over = false;
  let queuedBytes = 0;
  let congested = false;
  let drained: (() => void) | undefined;
  let flushed: Deferred<void> | undefined;
  const finish = (failure: unknown): void => {
    if (over) return;
    over = true;
    // destroy(error) would send no status at all, and the client would hang (grpc-js 1.14).
    call.emit("error", failed(failure, call.getPath(), options));
  };
  const guarded =
    <T = void>(listener: (value: T) => void) =>
    (value: T): void => {
      if (over) return;
      try {
        listener(value);
      } catch (failure) {
        finish(failure);
      }
    };
  const duplex: DuplexCall<unknown, unknown> = {
    onMessage: (listener) => void call.on("data", guarded(listener)),
    onEnd: (listener) => void call.once("end", guarded(listener)),
    get isCongested() {
      return congested;
    },
    onDrained: (listener) => {
      drained = guarded(listener);
    },
    flushed: () => {
      if (queuedBytes === 0) return Promise.resolve();
      flushed ??= createDeferred();
      return flushed.promise;
    },
    send: (message) => {
      if (over || call.cancelled) return;
      const bytes = options.method.responseSerialize(message);
      if (queuedBytes + bytes.length > mostQueuedBytes) {
        finish(unread(queuedBytes));
        return;
      }
      queuedBytes += bytes.length;
      congested ||= queuedBytes > congestedBytes;
      call.write(bytes, () => {
        queuedBytes -= bytes.length;
        if (queuedBytes === 0) {
          flushed?.resolve();
          flushed = undefined;
        }
        if (!congested || queuedBytes > congestedBytes / 2) return;
        congested = false;
        drained?.();
      });
    },
  };
  void start().then(() => {
    if (over) return;
    over = true;
    call.end();
  }, finish);

  async function start(): Promise<void> {
    await handler(duplex, contextOf(call, options));
  }
}

function contextOf(call: UnaryCall | StreamCall, options: HandleOptions): CallContext {
  const principal = options.identify(call.metadata, call.getPeer());
  const controller = new AbortController();
  call.once("cancelled", () => controller.abort());
  return { metadata: call.metadata, principal, signal: controller.signal };
}

function unread(queuedBytes: number): FairleadError {
  return new FairleadError(
    "resource_exhausted",
    `The client asks but does not read: ${queuedBytes} bytes wait for it. Read the answers of a stream as they come.`,
    { reason: "limit_reached", details: { queuedBytes, limit: mostQueuedBytes } },
  );
}

function failed(failure: unknown, method: string, options: HandleOptions): Error {
  const error = toFairleadError(failure);
  if (error.code === "internal") options.onInternalError(error, method);
  const { code, details, metadata } = toFailedStatus(error);
  return Object.assign(new Error(details), { code, details, metadata });
}
