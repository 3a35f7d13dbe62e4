import {
  canceledError,
  FairleadError,
  type Fetch,
  type FetchInit,
  maxTimerMs,
  untilAborted,
} from "@fairlead/core";
import { connectionWindowBytes, httpWindowBytes } from "@fairlead/wire";
import type { Connection, Route } from "../session/connection.js";
import type { SessionHandle } from "../session/session-handle.js";
import { RemoteExchange } from "./remote-exchange.js";
import { type OutgoingRequest, toOutgoingRequest } from "./request-spec.js";

/** What may be under way on the control connection: 50 ms on a line of 10 Mbit/s, so that nobody waits behind it. */
const interactiveBytes = 64 * 1024;
/** The executor keeps the time; this is how much later an executor that does not is noticed here. */
const deadlineGraceMs = 1_000;

/** Makes the Fetch port of a session: its requests leave from the executor's network. */
export function createRemoteFetch(session: SessionHandle): Fetch {
  return async (url, init = {}) => {
    try {
      return await request(session, url, init);
    } catch (error) {
      dropBody(init.body, error);
      throw error;
    }
  };
}

async function request(session: SessionHandle, url: string | URL, init: FetchInit): Promise<Response> {
  checkFeature(session);
  const { signal } = init;
  if (signal?.aborted === true) throw canceledError(signal, session.what);
  const outgoing = toOutgoingRequest(url, init);
  checkBody(session, outgoing);
  return new RemoteRequest(session, outgoing, init).run();
}

/** A body that nobody took is not read any more: what it comes from, such as a file, need not stay open. */
function dropBody(body: FetchInit["body"], why: unknown): void {
  if (body instanceof ReadableStream && !body.locked) body.cancel(why).catch(() => {});
}

/** One request from the call to the last byte of its body. */
class RemoteRequest {
  readonly #session: SessionHandle;
  readonly #request: OutgoingRequest;
  readonly #signal: AbortSignal | undefined;
  readonly #deadlineMs: number | undefined;
  readonly #startedAtMs = performance.now();
  readonly #stop = new AbortController();
  readonly #onAbort = (): void => {
    if (this.#signal !== undefined) this.#stop.abort(canceledError(this.#signal, this.#session.what));
  };
  #timer: NodeJS.Timeout | undefined;
  #leaveSession: () => void = () => {};

  constructor(session: SessionHandle, request: OutgoingRequest, init: FetchInit) {
    this.#session = session;
    this.#request = request;
    this.#signal = init.signal ?? undefined;
    const deadlineMs = init.policy?.deadlineMs;
    // One that is no time at all is for the executor to refuse, as this machine would.
    this.#deadlineMs = deadlineMs !== undefined && deadlineMs > 0 ? deadlineMs : undefined;
  }

  async run(): Promise<Response> {
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#keepTime(0);
    try {
      return await (await this.#open()).response;
    } catch (error) {
      this.#finish();
      throw error;
    }
  }

  /** Bulk has its own connection, so that neither heartbeats nor calls wait behind it. */
  async #open(): Promise<RemoteExchange> {
    const { what } = this.#session;
    for (;;) {
      const connection = await this.#session.connection(this.#stop.signal);
      const isReady =
        connection.hasBulk && (await untilAborted(connection.bulkReady(), this.#stop.signal, what));
      if (this.#stop.signal.aborted) throw canceledError(this.#stop.signal, what);
      if (!connection.isOver) return this.#send(connection, isReady ? "bulk" : "control");
    }
  }

  #send(connection: Connection, route: Route): RemoteExchange {
    const { limits, what } = this.#session;
    const mostBytes = route === "bulk" || connection.needsNoBulk ? connectionWindowBytes : interactiveBytes;
    const exchange = new RemoteExchange({
      connection,
      route,
      what,
      spec: {
        ...this.#request.spec,
        policy: this.#remainingPolicy(),
        responseWindowBytes: Math.min(mostBytes, httpWindowBytes(limits)),
      },
      body: this.#request.body,
      frameBytes: limits.frameTargetBytes,
      onOver: () => this.#finish(),
    });
    this.#keepTime(deadlineGraceMs);
    this.#stop.signal.addEventListener("abort", () => exchange.abort(canceledError(this.#stop.signal, what)));
    this.#leaveSession = this.#session.join({
      connected: () => {},
      // A session that is lost with its connection says so at once, and that is the better answer.
      disconnected: () =>
        queueMicrotask(() => exchange.abort(this.#session.isClosed ? closed(what) : broken(what))),
      ended: (error) => exchange.abort(error),
    });
    return exchange;
  }

  /** What waiting for the connection took counts. @throws FairleadError `deadline_exceeded` where it took all there was */
  #remainingPolicy(): OutgoingRequest["spec"]["policy"] {
    const { policy } = this.#request.spec;
    const deadlineMs = this.#deadlineMs;
    if (deadlineMs === undefined) return policy;
    const leftMs = this.#leftMs(deadlineMs);
    if (leftMs <= 0) throw tooLate(this.#session.what, deadlineMs);
    return { ...policy, deadlineMs: leftMs };
  }

  #leftMs(deadlineMs: number): number {
    return deadlineMs - (performance.now() - this.#startedAtMs);
  }

  /** @param graceMs how much later than the deadline it is over */
  #keepTime(graceMs: number): void {
    const deadlineMs = this.#deadlineMs;
    if (deadlineMs === undefined) return;
    clearTimeout(this.#timer);
    const late = (): void => this.#stop.abort(tooLate(this.#session.what, deadlineMs));
    this.#timer = setTimeout(late, Math.min(Math.max(0, this.#leftMs(deadlineMs)) + graceMs, maxTimerMs));
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#leaveSession();
  }
}

function checkFeature({ features, what }: SessionHandle): void {
  if (features.includes("http")) return;
  throw new FairleadError("protocol", `${what} cannot make HTTP requests. Update the executor.`, {
    reason: "feature_missing",
    effect: "none",
    details: { feature: "http" },
  });
}

function checkBody({ limits }: SessionHandle, { spec }: OutgoingRequest): void {
  const limit = limits.httpRequestBodyBytes;
  const { bodyBytes = 0 } = spec;
  if (bodyBytes <= limit) return;
  throw new FairleadError(
    "resource_exhausted",
    `A request body may have ${limit} bytes; this one has ${bodyBytes}`,
    { reason: "limit_reached", effect: "none", details: { limit, bodyBytes } },
  );
}

function broken(what: string): FairleadError {
  return new FairleadError("unavailable", `${what}: the connection broke`, {
    reason: "executor_unreachable",
  });
}

function closed(what: string): FairleadError {
  return new FairleadError("unavailable", `${what}: the session was closed`, { reason: "session_lost" });
}

/** Before anything was sent; the exchange itself knows what to make of it afterwards. */
function tooLate(what: string, deadlineMs: number): FairleadError {
  return new FairleadError("deadline_exceeded", `${what}: the request took longer than ${deadlineMs} ms`, {
    effect: "none",
    details: { limit: "deadlineMs", deadlineMs },
  });
}
