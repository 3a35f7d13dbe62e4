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
 */
export function serveLease(
  session: Session,
  call: DuplexCall<LeaseRequest__Output, LeaseResponse>,
  options: LeaseOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const watch = startPeerWatch({
      ...options,
      onBeat: () => call.send({ heartbeat: 0, draining: options.isDraining() }),
      onSilent: (silentMs) => finish(silent(silentMs)),
    });
    const letGo = session.hold({
      release: (displacement) => finish(displacement),
      heard: () => watch.heard(),
    });
    options.signal.addEventListener("abort", () => finish(), { once: true });
    call.onEnd(() => finish());
    call.onMessage((message) => {
      session.heard();
      call.send({ heartbeat: message.heartbeat, draining: options.isDraining() });
    });

    function finish(failure?: FairleadError): void {
      watch.stop();
      letGo();
      if (failure === undefined) resolve();
      else reject(failure);
    }
  });
}

function silent(silentMs: number): FairleadError {
  return new FairleadError(
    "unavailable",
    `Nothing was heard from the client for ${Math.round(silentMs)} ms`,
    {
      reason: "session_lost",
    },
  );
}
