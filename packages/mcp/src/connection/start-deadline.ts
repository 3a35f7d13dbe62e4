import { FairleadError, isFairleadError, maxTimerMs } from "@fairlead/core";
import { handshakeError } from "./handshake.js";

/** How long a cold package download may take, and more. */
const defaultStartupTimeoutMs = 60_000;

/** What ends a start that is not done yet. */
export interface StartLimits {
  /** The server's name, for messages. */
  readonly name: string;
  /** Milliseconds from the launch to the end of the handshake. @default 60 s */
  readonly startupTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What to check where the time was not enough, for example "its command speaks MCP on stdio". */
  readonly hint: string;
}

/** One signal for both ways in which a start can be given up; its reason is a FairleadError. Clear it when it is done. */
export interface StartDeadline {
  readonly signal: AbortSignal;
  /** When the time is up, on the clock of `performance.now`; Infinity for never. */
  readonly atMs: number;
  clear(): void;
}

/** Starts the clock of a start. */
export function startDeadline(limits: StartLimits): StartDeadline {
  const { name, signal, startupTimeoutMs = defaultStartupTimeoutMs, hint } = limits;
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(startCanceled(name, signal));
  const onTimeout = (): void => {
    const message = `Server '${name}' was not ready within ${startupTimeoutMs} ms: raise startup_timeout_sec, or check whether ${hint}`;
    controller.abort(handshakeError(message, "handshake_timeout"));
  };
  const isLimited = Number.isFinite(startupTimeoutMs);
  const timer = isLimited ? setTimeout(onTimeout, Math.min(startupTimeoutMs, maxTimerMs)) : undefined;
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    atMs: isLimited ? performance.now() + startupTimeoutMs : Number.POSITIVE_INFINITY,
    clear: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

function startCanceled(name: string, signal: AbortSignal | undefined): FairleadError {
  const reason: unknown = signal?.reason;
  if (isFairleadError(reason)) return reason;
  return new FairleadError("canceled", `Starting server '${name}' was cancelled`, { cause: reason });
}
