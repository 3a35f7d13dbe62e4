import { FairleadError, startPeerWatch } from "@fairlead/core";
import type { DuplexCall, LeaseRequest__Output, LeaseResponse } from "@fairlead/wire";
import type { Session } from "./session.js";

/** What a lease needs to know. */
export interface LeaseOptions {
  readonly heartbeatMs: number;
  readonly heartbeatsMissed: number;
  readonly isDraining: () => boolean;
  readonly signal: AbortSignal;
}

/**
 * Holds a session for as long as this stream lives and its client is heard from. When the promise settles the session
 * is detached, unless a newer lease or an end came first.
 * @throws FairleadError `unavailable`: `session_unknown` or `session_displaced` for good; `transport_closed` if the client
 * was silent, which may resume
 */
export function serveLease(
  session: Session,
  call: DuplexCall<LeaseRequest__Output, LeaseResponse>,
  options: LeaseOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // First, because it refuses: a watch that nobody stops would go off later.
    const letGo = session.hold({
      release: (displacement) => finish(displacement),
      heard: () => watch.heard(),
    });
    const watch = startPeerWatch({
      ...options,
      onBeat: () => answer(0),
      onSilent: (silentMs) => finish(silent(silentMs)),
    });
    options.signal.addEventListener("abort", () => finish(), { once: true });
    call.onEnd(() => finish());
    call.onMessage((message) => {
      session.heard();
      answer(message.heartbeat);
    });
    if (options.signal.aborted) finish();

    /** Only the latest heartbeat counts: a client that reads none gets no more of them. */
    function answer(heartbeat: number): void {
      if (!call.isCongested) call.send({ heartbeat, draining: options.isDraining() });
    }

    function finish(failure?: FairleadError): void {
      watch.stop();
      letGo();
      if (failure === undefined) resolve();
      else reject(failure);
    }
  });
}

/** The session is only detached: the reason must not be one that a client takes as its end. */
function silent(silentMs: number): FairleadError {
  return new FairleadError(
    "unavailable",
    `Nothing was heard from the client for ${Math.round(silentMs)} ms`,
    {
      reason: "transport_closed",
    },
  );
}
