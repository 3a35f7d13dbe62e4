import {
  canceledError,
  createDeferred,
  FairleadError,
  type StopReport,
  toFairleadError,
} from "@fairlead/core";
import {
  buildNotification,
  type CallAnswer,
  type ConnectionHandlers,
  findMember,
  type InitializeResult,
  type McpCall,
  type McpConnection,
  methodNotFound,
  parseRange,
  type ScannedNotification,
  scanMessage,
  sliceRange,
  startCallClock,
} from "@fairlead/mcp";
import { toRpcFailure } from "../gateway/rpc-failure.js";
import type { BuiltInCallContext, BuiltInServer, BuiltInSession } from "./built-in-server.js";

/** A newer one would add nothing that built-in servers use. */
const protocolVersion = "2025-11-25";

const nothingStopped: StopReport = { ended: [], forced: [], survived: [], blindSpots: [] };

/** Connects to a server of this process. Calls behave as with any other: limits, cancellation, progress, a last word. */
export function createInProcessConnection(
  server: BuiltInServer,
  handlers: ConnectionHandlers = {},
): McpConnection {
  return new InProcessConnection(server, handlers);
}

class InProcessConnection implements McpConnection {
  readonly era = "legacy";
  readonly initializeResult: InitializeResult;
  readonly #name: string;
  readonly #handlers: ConnectionHandlers;
  readonly #session: BuiltInSession;
  readonly #pending = new Set<(error: FairleadError) => void>();
  #closing: Promise<StopReport> | undefined;

  constructor(server: BuiltInServer, handlers: ConnectionHandlers) {
    this.#name = server.name;
    this.#handlers = handlers;
    this.initializeResult = describe(server);
    this.#session = server.open({ notify: (method, params) => this.#tell(method, params) });
  }

  async request(call: McpCall): Promise<CallAnswer> {
    const { method, signal, params } = call;
    if (this.#closing !== undefined) throw this.#closedError("none");
    if (signal?.aborted === true) throw canceledError(signal, `${method} on server '${this.#name}'`);
    if (method === "ping") return { kind: "result", result: Buffer.from("{}") };
    const { methods } = this.#session;
    const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (run === undefined) return methodNotFound(method);
    const abort = new AbortController();
    const givenUp = createDeferred<never>();
    const giveUp = (error: FairleadError): void => {
      givenUp.reject(error);
      abort.abort(error);
    };
    const clock = startCallClock(call.timeoutMs, () => giveUp(this.#timedOut(call)));
    const onAbort = (): void => {
      if (signal !== undefined) giveUp(canceledError(signal, `${method} on server '${this.#name}'`));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#pending.add(giveUp);
    try {
      const context = { signal: abort.signal, progress: progressOf(call, abort.signal) };
      const working = answerWith(() => run(objectOf(params), context), abort.signal);
      return await Promise.race([working, givenUp.promise]);
    } finally {
      clock.stop();
      signal?.removeEventListener("abort", onAbort);
      this.#pending.delete(giveUp);
      // Progress that comes after the answer belongs to nobody.
      abort.abort();
    }
  }

  notify(): void {
    // Nothing that agents tell concerns a built-in server: cancelling is the signal's matter.
  }

  holdOutput(): () => void {
    return () => {};
  }

  stderrTail(): string {
    return "";
  }

  close(): Promise<StopReport> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<StopReport> {
    const error = this.#closedError("unknown");
    for (const giveUp of this.#pending) giveUp(error);
    await this.#session.close();
    this.#handlers.onClosed?.({ cause: "closed", error, exit: undefined, stderrTail: "" });
    return nothingStopped;
  }

  #tell(method: string, params: object | undefined): void {
    if (this.#closing !== undefined) return;
    const paramsRaw = params === undefined ? undefined : Buffer.from(JSON.stringify(params));
    const message = scanMessage(buildNotification({ method, paramsRaw }));
    this.#handlers.onNotification?.(message as ScannedNotification, undefined);
  }

  #closedError(effect: "none" | "unknown"): FairleadError {
    const text = `Server '${this.#name}' was closed`;
    return new FairleadError("unavailable", text, { reason: "transport_closed", effect });
  }

  #timedOut({ method, timeoutMs }: McpCall): FairleadError {
    const text = `Server '${this.#name}' did not answer ${method} within ${String(timeoutMs)} ms: allow it more time`;
    return new FairleadError("deadline_exceeded", text, { details: { server: this.#name } });
  }
}

async function answerWith(run: () => Promise<object>, signal: AbortSignal): Promise<CallAnswer> {
  try {
    return { kind: "result", result: Buffer.from(JSON.stringify(await run())) };
  } catch (thrown) {
    if (signal.aborted) throw toFairleadError(thrown);
    return toRpcFailure(thrown);
  }
}

function progressOf({ params, onProgress }: McpCall, signal: AbortSignal): BuiltInCallContext["progress"] {
  const raw = params === undefined ? undefined : bufferOf(params);
  const meta = raw === undefined ? undefined : findMember(raw, { start: 0, end: raw.length }, "_meta");
  const range = raw === undefined || meta === undefined ? undefined : findMember(raw, meta, "progressToken");
  if (raw === undefined || range === undefined || onProgress === undefined) return () => {};
  const token = sliceRange(raw, range).toString("utf8");
  return (progress, details = {}) => {
    if (signal.aborted) return;
    const rest = JSON.stringify({ progress, ...details }).slice(1);
    onProgress(Buffer.from(`{"progressToken":${token},${rest}`));
  };
}

function describe(server: BuiltInServer): InitializeResult {
  const { name, title, version, capabilities, instructions } = server;
  const value = { protocolVersion, capabilities, serverInfo: { name, title, version }, instructions };
  return { protocolVersion, value, raw: Buffer.from(JSON.stringify(value)) };
}

function objectOf(params: Uint8Array | undefined): Readonly<Record<string, unknown>> {
  const value = params === undefined ? undefined : parseRange(bufferOf(params));
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
