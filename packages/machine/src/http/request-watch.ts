import { canceledError, FairleadError, type FetchPolicy, maxTimerMs } from "@fairlead/core";
import { usageError } from "./http-errors.js";
import { startIdleClock } from "./idle-clock.js";

/** Watches over one request: its caller's signal, its time limits, and the end of the client. Whoever made it ends it. */
export interface RequestWatch {
  /** The request, for people: method, origin and path. */
  readonly what: string;
  /** Aborted with the error that the request fails with. */
  readonly signal: AbortSignal;
  /** Something came or went: the idle time begins anew. */
  moved(): void;
  /** The reader is slow, which is not the peer's fault: idle time stands still until something moved. */
  held(): void;
  /** Lets go of timers and signals. */
  end(): void;
}

/** What a watch is made of. */
export interface WatchOptions {
  readonly what: string;
  readonly policy: FetchPolicy | undefined;
  /** Signals that each end the request. */
  readonly signals: readonly AbortSignal[];
}

/** Starts the clocks of a request. */
export function watchRequest({ what, policy, signals }: WatchOptions): RequestWatch {
  const { deadlineMs, idleTimeoutMs } = policy ?? {};
  checkLimit("deadlineMs", deadlineMs);
  checkLimit("idleTimeoutMs", idleTimeoutMs);
  checkLimit("maxResponseBytes", policy?.maxResponseBytes);
  const controller = new AbortController();
  const timeOut = (limit: "deadlineMs" | "idleTimeoutMs", limitMs: number, problem: string): void => {
    const message = `${what} ${problem} ${limitMs} ms`;
    controller.abort(new FairleadError("deadline_exceeded", message, { details: { limit, limitMs } }));
  };
  const deadline =
    deadlineMs === undefined
      ? undefined
      : setTimeout(
          () => timeOut("deadlineMs", deadlineMs, "took longer than"),
          Math.min(deadlineMs, maxTimerMs),
        );
  const idle =
    idleTimeoutMs === undefined
      ? undefined
      : startIdleClock(idleTimeoutMs, () => timeOut("idleTimeoutMs", idleTimeoutMs, "was quiet for"));
  const follow = signals.map((signal) => followSignal(signal, controller, what));
  let ended = false;
  return {
    what,
    signal: controller.signal,
    moved() {
      if (!ended) idle?.moved();
    },
    held: () => idle?.held(),
    end() {
      ended = true;
      clearTimeout(deadline);
      idle?.stop();
      for (const stop of follow) stop();
    },
  };
}

function followSignal(signal: AbortSignal, controller: AbortController, what: string): () => void {
  const onAbort = (): void => controller.abort(canceledError(signal, what));
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return () => signal.removeEventListener("abort", onAbort);
}

function checkLimit(name: string, value: number | undefined): void {
  if (value === undefined || value > 0) return;
  throw usageError(
    "argument_invalid",
    `The limit ${name} is ${value}; give a number above 0, or leave it out`,
  );
}
