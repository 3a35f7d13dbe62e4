import { FairleadError } from "@fairlead/core";
import type { DuplexCall, LeaseRequest__Output, LeaseResponse } from "@fairlead/wire";
import type { Session } from "./session.js";

/** A second look this long after the first makes sure that bytes already received were counted. */
const secondLookMs = 50;

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
    const silenceMs = options.heartbeatMs * options.heartbeatsMissed;
    let expectedAtMs = performance.now() + options.heartbeatMs;
    let secondLook: NodeJS.Timeout | undefined;
    const letGo = session.hold((displacement) => finish(displacement));
    const beat = setInterval(() => {
      const nowMs = performance.now();
      // A late timer means that this whole machine was suspended: the client gets a full interval again.
      if (nowMs - expectedAtMs > options.heartbeatMs) session.heard();
      expectedAtMs = nowMs + options.heartbeatMs;
      call.send({ heartbeat: 0, draining: options.isDraining() });
      if (isSilent() && secondLook === undefined) {
        secondLook = setTimeout(() => {
          secondLook = undefined;
          if (isSilent()) finish(silent());
        }, secondLookMs);
      }
    }, options.heartbeatMs);
    options.signal.addEventListener("abort", () => finish(), { once: true });
    call.onEnd(() => finish());
    call.onMessage((message) => {
      session.heard();
      call.send({ heartbeat: message.heartbeat, draining: options.isDraining() });
    });

    function isSilent(): boolean {
      return performance.now() - session.heardAtMs > silenceMs;
    }

    function finish(failure?: FairleadError): void {
      clearInterval(beat);
      clearTimeout(secondLook);
      letGo();
      if (failure === undefined) resolve();
      else reject(failure);
    }
  });
}

function silent(): FairleadError {
  return new FairleadError("unavailable", "Nothing was heard from the client for too long", {
    reason: "session_lost",
  });
}
