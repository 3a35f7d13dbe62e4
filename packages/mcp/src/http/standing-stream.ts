import { createDeferred, toFairleadError } from "@fairlead/core";
import { isEventStream, readEventStream } from "./answer-body.js";
import type { HttpCore } from "./http-core.js";
import type { WireResponse } from "./http-wire.js";
import { backOffMs, minReconnectMs } from "./reconnect.js";
import { readRefusal } from "./refusal.js";
import { isPassingStatus } from "./retry-rules.js";
import { refusesSession } from "./session-refusal.js";
import { sleepMs } from "./sleep-ms.js";

/** The stream on which a server speaks without being asked. */
export interface StandingStreamOptions {
  readonly core: HttpCore;
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the stream for good. */
  readonly signal: AbortSignal;
  /** Told each time that the stream stands. */
  onOpen(): void;
  /**
   * Told of an answer that may say that the session is not known.
   * @returns whether that means the end of the session; else the server has no such stream
   */
  onMissing(): boolean;
}

/** A stream that stood this long, in milliseconds, or said something, was no failure. */
const provenMs = 5_000;

/**
 * Keeps the standing stream open for ever: it comes back from where it was, after the pause that the server wants, else with
 * back-off.
 * @returns once the first try has told whether there is such a stream; what is said before it stands may be lost
 */
export function keepStandingStream(options: StandingStreamOptions): Promise<void> {
  const firstTry = createDeferred<void>();
  void keep(options, () => firstTry.resolve()).finally(() => firstTry.resolve());
  return firstTry.promise;
}

async function keep(options: StandingStreamOptions, onTried: () => void): Promise<void> {
  const { core, signal } = options;
  let lastEventId: string | undefined;
  let failures = 0;
  let hasStood = false;
  while (!signal.aborted) {
    const tried = await open(options, { lastEventId, hasStood });
    if (tried.kind === "failed" && tried.isPlaceLost === true) lastEventId = undefined;
    onTried();
    if (signal.aborted || tried.kind === "none") return;
    if (tried.kind === "failed") {
      await sleepMs(Math.max(backOffMs(failures), tried.retryAfterMs ?? 0), signal);
      failures += 1;
      continue;
    }
    hasStood = true;
    const openedAtMs = performance.now();
    let isProven = false;
    const end = await readEventStream(core, tried.response, {
      signal,
      onId: (id) => {
        isProven = true;
        lastEventId = id === "" ? undefined : id;
      },
    });
    isProven ||= end.hasReceived || performance.now() - openedAtMs >= provenMs;
    if (isProven) failures = 0;
    await sleepMs(Math.max(end.retryMs ?? backOffMs(failures), minReconnectMs), signal);
    if (!isProven) failures += 1;
  }
}

type Tried =
  | { readonly kind: "stream"; readonly response: Response }
  | {
      readonly kind: "failed";
      readonly retryAfterMs: number | undefined;
      /** The server may know nothing of where the stream was. */
      readonly isPlaceLost?: boolean;
    }
  | { readonly kind: "none" };

async function open(
  options: StandingStreamOptions,
  before: { readonly lastEventId: string | undefined; readonly hasStood: boolean },
): Promise<Tried> {
  const { lastEventId, hasStood } = before;
  const { core, headers, signal } = options;
  const resume = lastEventId === undefined ? {} : { "last-event-id": eventIdHeader(lastEventId) };
  let answer: WireResponse;
  try {
    answer = await core.wire.send({
      method: "GET",
      headers: { ...headers, accept: "text/event-stream", ...resume },
      signal,
    });
  } catch (thrown) {
    const { code, message } = toFairleadError(thrown);
    // What stood may stand again, whatever kept this try from it.
    if (hasStood || code === "unavailable" || code === "canceled") {
      return { kind: "failed", retryAfterMs: undefined };
    }
    core.warn(`its own messages cannot be read: ${message}`);
    return { kind: "none" };
  }
  const { response } = answer;
  if (isEventStream(response)) {
    options.onOpen();
    return { kind: "stream", response };
  }
  const { status } = response;
  const refusal = await readRefusal(answer);
  if (refusesSession(refusal) && options.onMissing()) return { kind: "none" };
  // A stream that stood will stand again, with new credentials for example; 405 takes it back.
  if (isPassingStatus(status) || (hasStood && status !== 405)) {
    const { retryAfterMs } = refusal;
    return { kind: "failed", retryAfterMs, isPlaceLost: refusesRequest(status) };
  }
  // Having none is allowed, and told in more ways than the one the protocol names.
  if (![400, 404, 405, 501].includes(status)) {
    core.warn(`it has no stream for messages of its own (GET is answered with HTTP ${status})`);
  }
  return { kind: "none" };
}

/** Tells whether a status may be about the event id that was sent, not about who asks, or when. */
function refusesRequest(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 403, 404, 407, 408, 409, 429].includes(status);
}

/** Writes an event id, which is UTF-8, as the bytes that a header is. */
export function eventIdHeader(id: string): string {
  return Buffer.from(id).toString("latin1");
}
