import { type FairleadError, toFairleadError } from "@fairlead/core";
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
  send(message: Response): void;
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
      ? (call: StreamCall) => serveDuplex(call, handler as DuplexHandler<unknown, unknown>, options)
      : (call: UnaryCall, done: sendUnaryData<unknown>) =>
          void serveUnary(call, handler as UnaryHandler<unknown, unknown>, options).then(
            (response) => done(null, response),
            (failure: unknown) => done(failed(failure, method.path, options)),
          );
  }
  server.addService(definition, implementation as never);
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
  options: HandleOptions,
): void {
  let over = false;
  const finish = (failure: unknown): void => {
    if (over) return;
    over = true;
    // destroy(error) would send no status at all, and the client would hang (grpc-js 1.14).
    call.emit("error", failed(failure, call.getPath(), options));
  };
  const guarded =
    <T>(listener: (value: T) => void) =>
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
    send: (message) => {
      if (!over && !call.cancelled) call.write(message);
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

function failed(failure: unknown, method: string, options: HandleOptions): Error {
  const error = toFairleadError(failure);
  if (error.code === "internal") options.onInternalError(error, method);
  const { code, details, metadata } = toFailedStatus(error);
  return Object.assign(new Error(details), { code, details, metadata });
}
