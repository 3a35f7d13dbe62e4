import type { FairleadError } from "@fairlead/core";
import type { StartedCall } from "../connection/call-table.js";
import { type BodyEnd, isEventStream, readEventStream, readJsonAnswer } from "./answer-body.js";
import type { HttpCore } from "./http-core.js";
import {
  failedBy,
  noAnswerError,
  responseInvalidError,
  sessionExpiredError,
  toHttpError,
} from "./http-failures.js";
import type { WireResponse } from "./http-wire.js";
import { backOffMs, minReconnectMs } from "./reconnect.js";
import { errorCode, type Refusal, readRefusal } from "./refusal.js";
import { dropBody, mediaType } from "./response-body.js";
import { type FailedAttempt, isPassingStatus } from "./retry-rules.js";
import { refusesSession } from "./session-refusal.js";
import { sleepMs } from "./sleep-ms.js";
import { eventIdHeader } from "./standing-stream.js";

/** One call's way over HTTP. */
export interface ExchangeOptions {
  readonly core: HttpCore;
  readonly started: StartedCall;
  /** What the protocol wants in its headers beside the media types. */
  readonly headers: Readonly<Record<string, string>>;
  /** @default the endpoint's */
  readonly url?: string | undefined;
  readonly signal: AbortSignal;
  /** Whether it is sent in a session, which may be over. */
  readonly isSession: boolean;
  /** Whether an answer that broke off may be fetched on, from its last event id. */
  readonly isResumable: boolean;
  /** Whether an error without an id, under a status that says no, is the call's answer. */
  readonly takesNamelessErrors: boolean;
  /** Told the head of the answer before its body is read. */
  onHead?(response: Response): void;
}

/** How one attempt went. `over`: the call is settled. */
export type ExchangeOutcome =
  | { readonly kind: "over" }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "failed"; readonly failed: FailedAttempt };

const over: ExchangeOutcome = { kind: "over" };
/** Times that a broken-off answer is asked for in a row without getting anything. */
const maxResumeFailures = 5;
const methodNotFoundCode = -32601;
/** Statuses of whoever guards the server: what comes under them is never the answer of what is behind. */
const guarding: ReadonlySet<number> = new Set([401, 403, 407]);

/** Sends one request and reads its answer, to the end of its stream. Never throws; its call may be settled long before. */
export async function exchange(line: Buffer, options: ExchangeOptions): Promise<ExchangeOutcome> {
  const { core, started, headers, signal } = options;
  const { method } = started.call;
  let answer: WireResponse;
  try {
    answer = await core.wire.send({
      method: "POST",
      url: options.url,
      headers: {
        ...headers,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
      },
      callHeaders: started.call.headers,
      // The line end is for stdio.
      body: line.subarray(0, -1),
      signal,
    });
  } catch (thrown) {
    return failed(failedBy(toHttpError(thrown, core.name)));
  }
  const { response } = answer;
  if (!response.ok) return refused(await readRefusal(answer), options);
  options.onHead?.(response);
  const type = mediaType(response);
  if (type === "text/event-stream") {
    const end = await readEventStream(core, response, { signal, started });
    return followUp(end, options);
  }
  if (type === "application/json" && response.status !== 202) {
    const end = await readJsonAnswer(core, response, { started, signal });
    const isWhole = end.hasReceived && end.cause === undefined;
    if (!isWhole || !started.isPending) return settleOr(end, options);
    const text = `answered ${method} with JSON that is not the answer to it`;
    return failed({ error: responseInvalidError(core.name, text), kind: "final" });
  }
  dropBody(response);
  const what = type === "" ? "without a body" : `with content of type ${JSON.stringify(type)}`;
  const text = `answered ${method} with HTTP ${response.status} ${what}: check whether its url is that of an MCP endpoint`;
  return failed({ error: responseInvalidError(core.name, text), kind: "final" });
}

function failed(attempt: FailedAttempt): ExchangeOutcome {
  return { kind: "failed", failed: attempt };
}

function refused(refusal: Refusal, options: ExchangeOptions): ExchangeOutcome {
  const { core, started, isSession } = options;
  const { error, status } = refusal;
  const isExpired = isSession && refusesSession(refusal);
  if (guarding.has(status) || isPassingStatus(status)) return { kind: "refused", refusal };
  if (error === undefined || (isExpired && errorCode(error) !== methodNotFoundCode)) {
    return { kind: "refused", refusal };
  }
  const isNameless = error.id === undefined || error.id.value === null;
  if (isNameless ? !options.takesNamelessErrors : Number(error.id?.value) !== started.id) {
    return { kind: "refused", refusal };
  }
  core.calls.answer(error, started);
  return over;
}

/** After a body: either the call is settled by now, or it never will be by this attempt. */
function settleOr(end: BodyEnd, { core, started }: ExchangeOptions): ExchangeOutcome {
  if (!started.isPending) return over;
  const cause = end.cause === undefined ? undefined : toHttpError(end.cause, core.name);
  return failed(failedBy(noAnswerError(core.name, started.call.method, cause), end.hasReceived));
}

/** Fetches on an answer whose stream ended too early, as long as its server has more. */
async function followUp(first: BodyEnd, options: ExchangeOptions): Promise<ExchangeOutcome> {
  const { core, started, signal } = options;
  let end = first;
  let { lastEventId, retryMs } = first;
  let failures = 0;
  while (started.isPending && !signal.aborted && options.isResumable && lastEventId !== undefined) {
    await sleepMs(Math.max(retryMs ?? backOffMs(failures), minReconnectMs), signal);
    if (!started.isPending || signal.aborted) return over;
    const next = await fetchOn(lastEventId, options);
    if (next.kind === "failed") {
      failures += 1;
      if (next.isHopeless || failures >= maxResumeFailures) return failed(next.failed);
      continue;
    }
    end = await readEventStream(core, next.response, { signal, started });
    failures = end.cause === undefined || end.hasReceived ? 0 : failures + 1;
    lastEventId = end.lastEventId ?? lastEventId;
    retryMs = end.retryMs ?? retryMs;
  }
  return settleOr({ ...end, hasReceived: true }, options);
}

type FetchedOn =
  | { readonly kind: "stream"; readonly response: Response }
  | { readonly kind: "failed"; readonly failed: FailedAttempt; readonly isHopeless: boolean };

async function fetchOn(lastEventId: string, options: ExchangeOptions): Promise<FetchedOn> {
  const { core, started, headers, signal } = options;
  const { method } = started.call;
  let answer: WireResponse;
  try {
    answer = await core.wire.send({
      method: "GET",
      url: options.url,
      headers: { ...headers, accept: "text/event-stream", "last-event-id": eventIdHeader(lastEventId) },
      callHeaders: started.call.headers,
      signal,
    });
  } catch (thrown) {
    return notFetched(noAnswerError(core.name, method, toHttpError(thrown, core.name)), false);
  }
  const { response } = answer;
  if (isEventStream(response)) return { kind: "stream", response };
  dropBody(response);
  if (response.status === 404 && options.isSession) {
    return notFetched(sessionExpiredError(core.name, method, { effect: "unknown" }), true);
  }
  return notFetched(noAnswerError(core.name, method), !isPassingStatus(response.status));
}

function notFetched(error: FairleadError, isHopeless: boolean): FetchedOn {
  return { kind: "failed", failed: { error, kind: "no_answer", hasReceived: true }, isHopeless };
}
