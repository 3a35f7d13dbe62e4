import { setTimeout as pause } from "node:timers/promises";
import { FairleadError, toFairleadError } from "@fairlead/core";
import { type Channel, createChannel } from "../channel/channel.js";
import type { ConnectOptions } from "./executor-session.js";
import { openSession } from "./open-session.js";
import { retryDelaysMs } from "./retry-delays.js";

/** What it takes to get a session back. */
export interface RecoveryOptions {
  /** Its signal gives the recovery up. */
  readonly target: ConnectOptions;
  readonly token: { readonly sessionId: string; readonly secret: Buffer };
  /** Names who counts the tries. */
  readonly client: string;
  /** How long the executor keeps the session. */
  readonly ttlMs: number;
  /** Counts the tries, over all recoveries of the session. */
  readonly nextAttempt: () => number;
}

/** How a recovery ended. */
export type Recovery =
  | { readonly state: "resumed"; readonly channel: Channel; readonly epoch: number }
  | { readonly state: "failed"; readonly error: FairleadError };

/**
 * Tries to get a session back for as long as the executor keeps it, counted from the moment that we noticed the break, or
 * until it says that it has given it up. Every try has a channel
 * of its own: one that failed keeps a back-off and half-open sockets of its own. Never rejects.
 */
export async function recoverSession(options: RecoveryOptions): Promise<Recovery> {
  const { target, ttlMs } = options;
  const endsAtMs = performance.now() + ttlMs;
  for (const delayMs of retryDelaysMs()) {
    try {
      // Before the first look at the clock: a machine that slept past the TTL still asks once.
      await pause(delayMs, undefined, target.signal === undefined ? {} : { signal: target.signal });
      return await resume(options);
    } catch (thrown) {
      const error = toFairleadError(thrown);
      if (target.signal?.aborted === true || isFinal(error)) return { state: "failed", error };
      if (performance.now() > endsAtMs) return { state: "failed", error: tooLate(ttlMs, error) };
    }
  }
  throw new Error("unreachable: the delays never end");
}

async function resume({ target, token, client, nextAttempt }: RecoveryOptions): Promise<Recovery> {
  const channel = createChannel(target);
  try {
    const { epoch } = await openSession(channel, target, { token, client, attempt: nextAttempt() });
    return { state: "resumed", channel, epoch };
  } catch (error) {
    channel.close();
    throw error;
  }
}

/** Whether another try would get the same answer: the executor itself has spoken. */
function isFinal({ code, reason }: FairleadError): boolean {
  if (reason === "session_unknown" || reason === "session_displaced") return true;
  return code !== "unavailable" && code !== "deadline_exceeded" && code !== "resource_exhausted";
}

function tooLate(ttlMs: number, cause: FairleadError): FairleadError {
  return new FairleadError(
    "unavailable",
    `it could not be reached again within ${ttlMs} ms (${cause.message})`,
    {
      cause,
      reason: "session_lost",
    },
  );
}
