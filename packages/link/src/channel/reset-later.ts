/** Anything that can be cancelled: a call of grpc-js. */
export interface CancelableCall {
  cancel(): void;
}

/** How long an abandoned call may still end by itself before its stream is reset. */
const resetAfterMs = 2_000;
/** A quarter of what Node lets through at once and half of what it lets through later, in all connections together. */
const burst = 250;
const perSecond = 16;

let tokens = burst;
let countedAtMs = 0;

/**
 * Resets the stream of an abandoned call, should the executor not end it. A burst of resets looks like an attack: after
 * about a thousand of them Node ends the whole connection, with everybody else's calls; so they wait for each other.
 * @returns gives the reset up, because the call has ended
 */
export function resetLater(call: CancelableCall): () => void {
  let timer = setTimeout(reset, resetAfterMs);
  return () => clearTimeout(timer);

  function reset(): void {
    if (takeToken()) call.cancel();
    else timer = setTimeout(reset, resetAfterMs);
  }
}

function takeToken(): boolean {
  const nowMs = performance.now();
  tokens = Math.min(burst, tokens + ((nowMs - countedAtMs) / 1_000) * perSecond);
  countedAtMs = nowMs;
  if (tokens < 1) return false;
  tokens -= 1;
  return true;
}
