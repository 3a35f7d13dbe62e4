import { FairleadError, isFairleadError } from "@fairlead/core";
import { buildNotification, buildRequest } from "../envelope/build-message.js";
import { findMember, sliceRange } from "../envelope/members.js";
import type { MessageId } from "../envelope/message-id.js";
import type { ScannedErrorAnswer, ScannedNotification, ScannedResult } from "../envelope/scan-message.js";
import { startCallClock } from "./call-clock.js";
import { readUpstreamToken, restoreProgressToken, swapProgressToken } from "./progress-token.js";
import type { CallAnswer, McpCall, RelatedCall } from "./types.js";

/** What a call table needs from its connection. */
export interface CallTableOptions {
  /** The server's name, for messages. */
  readonly name: string;
  /** @param started the call whose request this is; undefined for the notice that takes one back */
  send(line: Buffer, started?: StartedCall): void;
  warn(text: string): void;
}

/** A call whose request was handed over, for transports that give each call a stream of its own. */
export interface StartedCall extends RelatedCall {
  /** The id it goes under now. */
  readonly id: number;
  /** False once it was answered, failed or given up. */
  readonly isPending: boolean;
  /** Calls back once it is over. @param run is told whether an answer of the server ended it */
  whenOver(run: (isAnswered: boolean) => void): void;
}

interface PendingCall extends StartedCall {
  id: number;
  isPending: boolean;
  readonly callerToken: Buffer | undefined;
  settle(outcome: CallAnswer | FairleadError): void;
}

/** Our calls that the server has not answered yet, under ids of our own. */
export class CallTable {
  readonly #options: CallTableOptions;
  readonly #pending = new Map<number, PendingCall>();
  #lastId = 0;

  constructor(options: CallTableOptions) {
    this.#options = options;
  }

  /** Sends a call and waits for its answer. */
  start(call: McpCall): Promise<CallAnswer> {
    const { signal, timeoutMs } = call;
    if (signal?.aborted === true) return Promise.reject(this.#canceled(call, signal, "none"));
    const id = ++this.#lastId;
    const { params, callerToken } = swapProgressToken(call.params, id);
    return new Promise((resolve, reject) => {
      const clock = startCallClock(timeoutMs, () => this.#giveUp(pending, this.#timedOut(call)));
      const onAbort = (): void => {
        if (signal !== undefined) this.#giveUp(pending, this.#canceled(call, signal, "unknown"));
      };
      const watchers: ((isAnswered: boolean) => void)[] = [];
      const settle = (outcome: CallAnswer | FairleadError): void => {
        this.#pending.delete(pending.id);
        pending.isPending = false;
        clock.stop();
        signal?.removeEventListener("abort", onAbort);
        if (outcome instanceof FairleadError) reject(outcome);
        else resolve(outcome);
        for (const watcher of watchers) watcher(!(outcome instanceof FairleadError));
      };
      const pending: PendingCall = {
        id,
        call,
        callerToken,
        isPending: true,
        settle,
        pauseClock: () => clock.pause(),
        whenOver: (run) => void watchers.push(run),
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#pending.set(id, pending);
      this.#options.send(
        buildRequest({ idRaw: String(id), method: call.method, paramsRaw: params }),
        pending,
      );
    });
  }

  /**
   * Gives a call in flight another id, so that its request can be sent once more; an answer to the old one is late.
   * @returns the request, or undefined if the call is over
   */
  renew(started: StartedCall): Buffer | undefined {
    const pending = this.#pending.get(started.id);
    if (pending === undefined || pending !== started) return undefined;
    this.#pending.delete(pending.id);
    pending.id = ++this.#lastId;
    this.#pending.set(pending.id, pending);
    const { method, params } = pending.call;
    const paramsRaw = swapProgressToken(params, pending.id).params;
    return buildRequest({ idRaw: String(pending.id), method, paramsRaw });
  }

  /**
   * Settles the call that this answers; an answer nobody waits for becomes a warning.
   * @param fallback the call that an error without an id can only be meant for
   */
  answer(message: ScannedResult | ScannedErrorAnswer, fallback?: StartedCall): void {
    const isNameless = message.id === undefined || message.id.value === null;
    const id = isNameless && fallback !== undefined ? fallback.id : undefined;
    const pending = id === undefined ? this.#find(message.id) : this.#pending.get(id);
    if (pending === undefined) return this.#warnUnmatched(message);
    const { line } = message;
    if (message.kind === "result") {
      pending.settle({ kind: "result", result: sliceRange(line, message.result) });
    } else {
      pending.settle({ kind: "error", error: sliceRange(line, message.error) });
    }
  }

  /** Fails one call. @returns false if none waits under this id */
  fail(id: MessageId | number | undefined, toError: (call: McpCall) => FairleadError): boolean {
    const pending = typeof id === "number" ? this.#pending.get(id) : this.#find(id);
    pending?.settle(toError(pending.call));
    return pending !== undefined;
  }

  /** Fails every call, each with an error of its own. */
  failAll(toError: (call: McpCall) => FairleadError): void {
    for (const pending of this.#pending.values()) pending.settle(toError(pending.call));
  }

  /** Hands progress to its call. Progress of no call is dropped: its token means nothing to anybody else. */
  progress(message: ScannedNotification): void {
    const { line, params } = message;
    const token = params === undefined ? undefined : findMember(line, params, "progressToken");
    const id = token === undefined ? undefined : readUpstreamToken(line, token);
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (params === undefined || token === undefined || pending?.callerToken === undefined) {
      this.#options.warn("progress of a call that is over or never asked for it was dropped");
      return;
    }
    const { callerToken } = pending;
    pending.call.onProgress?.(restoreProgressToken(line, params, { token, callerToken }));
  }

  /** The call in flight, if there is exactly one. */
  only(): RelatedCall | undefined {
    if (this.#pending.size !== 1) return undefined;
    const [pending] = this.#pending.values();
    return pending;
  }

  /** Stops the clocks of all calls in flight until the answer is called. */
  pauseClocks(): () => void {
    const resumes = [...this.#pending.values()].map((pending) => pending.pauseClock());
    return () => {
      for (const resume of resumes) resume();
    };
  }

  #find(id: MessageId | undefined): PendingCall | undefined {
    // Some servers answer with their own spelling of our number: 7.0, or "7".
    const number = id === undefined || id.value === null || id.value === "" ? Number.NaN : Number(id.value);
    return this.#pending.get(number);
  }

  #warnUnmatched({ kind, id }: ScannedResult | ScannedErrorAnswer): void {
    const value = Number(id?.value ?? Number.NaN);
    if (value >= 1 && value <= this.#lastId) {
      this.#options.warn(`a late answer (id ${value}) was dropped: its call is already over`);
    } else {
      const idText = id === undefined ? "no id" : `id ${id.raw.toString("utf8").slice(0, 64)}`;
      this.#options.warn(`an answer (${kind}) with ${idText} belongs to none of our calls and was dropped`);
    }
  }

  #giveUp(pending: PendingCall, error: FairleadError): void {
    if (!pending.isPending) return;
    pending.settle(error);
    // The protocol forbids taking back the handshake, and a server that was silent to the question before it would only
    // meet another message that it does not expect.
    if (pending.call.method === "initialize" || pending.call.method === "server/discover") return;
    const params = JSON.stringify({ requestId: pending.id, reason: cancelReason(pending.call, error) });
    this.#options.send(
      buildNotification({ method: "notifications/cancelled", paramsRaw: Buffer.from(params) }),
    );
  }

  #canceled(call: McpCall, signal: AbortSignal, effect: "none" | "unknown"): FairleadError {
    if (isFairleadError(signal.reason)) return signal.reason;
    const message = `${call.method} on server '${this.#options.name}' was cancelled`;
    return new FairleadError("canceled", message, { effect, cause: signal.reason });
  }

  #timedOut(call: McpCall): FairleadError {
    const waited = `${String(call.timeoutMs)} ms`;
    const message = `Server '${this.#options.name}' did not answer ${call.method} within ${waited}: allow it more time, or check whether it hangs`;
    return new FairleadError("deadline_exceeded", message, { details: { server: this.#options.name } });
  }
}

function cancelReason(call: McpCall, error: FairleadError): string {
  if (error.code === "deadline_exceeded") return "Timed out";
  const reason: unknown = call.signal?.reason;
  return typeof reason === "string" ? reason : "Cancelled by the caller";
}
