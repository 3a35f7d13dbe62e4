import { FairleadError } from "@fairlead/core";
import type { HttpCore } from "./http-core.js";
import { statusError } from "./http-failures.js";
import { type Refusal, readRefusal } from "./refusal.js";
import { readBeginning } from "./response-body.js";

/** How a message that wants no answer is posted. */
export interface PostMessageOptions {
  /** What it is, for messages: a method, or `an answer`. */
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  /** @default the endpoint's */
  readonly url?: string | undefined;
  /** Those of one call. */
  readonly callHeaders?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds in which it must be taken. @default 30 s: a server has nothing else to do for it */
  readonly timeoutMs?: number | undefined;
  /** Gives up earlier. */
  readonly signal?: AbortSignal | undefined;
  /** Turns a status that says no into the error that is thrown. @default `http_status` */
  toError?(refusal: Refusal): FairleadError | undefined;
}

const messageTimeoutMs = 30_000;
const maxIgnoredBytes = 64 * 1024;
const maxIgnoredMs = 1_000;

/**
 * Posts a notification or an answer of ours.
 * @throws FairleadError if it was not taken
 */
export async function postMessage(core: HttpCore, line: Buffer, options: PostMessageOptions): Promise<void> {
  const { what, headers, url, callHeaders, signal, timeoutMs = messageTimeoutMs } = options;
  const scope = core.openScope();
  let isLate = false;
  const onLate = (): void => {
    isLate = true;
    scope.abort();
  };
  const timer = Number.isFinite(timeoutMs) ? setTimeout(onLate, timeoutMs) : undefined;
  signal?.addEventListener("abort", scope.abort, { once: true });
  if (signal?.aborted === true) scope.abort();
  try {
    const answer = await core.wire.send({
      method: "POST",
      url,
      headers: {
        ...headers,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
      },
      callHeaders,
      // The line end is for stdio.
      body: line.subarray(0, -1),
      signal: scope.signal,
    });
    if (answer.response.ok) {
      // Read to its end, so that the connection can be used again; there should be nothing in it.
      await readBeginning(answer.response, { maxBytes: maxIgnoredBytes, maxMs: maxIgnoredMs });
      return;
    }
    const refusal = await readRefusal(answer);
    throw options.toError?.(refusal) ?? statusError(core.name, what, refusal);
  } catch (thrown) {
    if (!isLate) throw thrown;
    const text = `Server '${core.name}' did not take ${what} within ${timeoutMs} ms`;
    throw new FairleadError("deadline_exceeded", text, { cause: thrown, details: { server: core.name } });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", scope.abort);
    scope.end();
  }
}
