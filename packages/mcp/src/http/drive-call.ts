import { toFairleadError } from "@fairlead/core";
import type { StartedCall } from "../connection/call-table.js";
import type { HttpCore, HttpScope } from "./http-core.js";
import { failedBy, statusError } from "./http-failures.js";
import type { ExchangeOutcome } from "./post-exchange.js";
import { retryDelayMs, retryRule } from "./retry-rules.js";
import { sleepMs } from "./sleep-ms.js";

/** How a call is brought to its end. */
export interface DriveOptions {
  readonly core: HttpCore;
  readonly started: StartedCall;
  /** Until when attempts may begin, on the clock of `performance.now`. @default the call's own limit */
  readonly deadlineAtMs?: number | undefined;
  /** Makes one attempt. */
  attempt(line: Buffer, signal: AbortSignal): Promise<ExchangeOutcome>;
}

/** How long a stream whose answer came may go on, so that its connection can be used again, before it is cut. */
const lingerMs = 1_000;

/** Sends a call, again where its rule allows it, until it is settled. Never throws. */
export async function driveCall(line: Buffer, options: DriveOptions): Promise<void> {
  const { core, started } = options;
  const scope = core.openScope();
  const stopLingering = endWithCall(started, scope);
  try {
    await attempts(line, scope.signal, options);
  } catch (thrown) {
    core.calls.fail(started.id, () => toFairleadError(thrown));
  } finally {
    stopLingering();
    scope.end();
  }
}

function endWithCall(started: StartedCall, scope: HttpScope): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isDone = false;
  started.whenOver((isAnswered) => {
    if (isDone) return;
    if (isAnswered) timer = setTimeout(() => scope.abort(), lingerMs);
    else scope.abort();
  });
  return () => {
    isDone = true;
    clearTimeout(timer);
  };
}

async function attempts(first: Buffer, signal: AbortSignal, options: DriveOptions): Promise<void> {
  const { core, started } = options;
  const { call } = started;
  const rule = retryRule(call);
  const limitMs = call.timeoutMs ?? Number.POSITIVE_INFINITY;
  const deadlineAtMs = options.deadlineAtMs ?? performance.now() + limitMs;
  let line = first;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await options.attempt(line, signal);
    if (outcome.kind === "over" || !started.isPending) return;
    const failed =
      outcome.kind === "failed"
        ? outcome.failed
        : failedBy(statusError(core.name, call.method, outcome.refusal));
    const delayMs = retryDelayMs(rule, attempt, failed);
    // A wait past the deadline would only hide what happened behind a time-out.
    if (delayMs === undefined || performance.now() + delayMs > deadlineAtMs) {
      core.calls.fail(started.id, () => failed.error);
      return;
    }
    await sleepMs(delayMs, signal);
    const next = core.calls.renew(started);
    if (next === undefined) return;
    line = next;
  }
}
