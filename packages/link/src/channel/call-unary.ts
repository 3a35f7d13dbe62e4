import { canceledError, FairleadError } from "@fairlead/core";
import { fromServiceError } from "@fairlead/wire";
import type { ServiceError } from "@grpc/grpc-js";
import { type CancelableCall, resetLater } from "./reset-later.js";
import { toSentFailure } from "./sent-failure.js";

/** Starts a unary call and tells how it ended. */
export type UnaryStart<Response> = (
  done: (error: ServiceError | null, response?: Response) => void,
) => CancelableCall;

/**
 * Makes one unary call as a promise whose failure is one of our errors. An abort settles it at once; the executor's answer,
 * should one come, is then ignored, so the effect of a call that was sent is not known.
 * @param what names the executor in messages
 */
export function callUnary<Response>(
  what: string,
  signal: AbortSignal | undefined,
  start: UnaryStart<Response>,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(canceledError(signal, what));
      return;
    }
    let keep: (() => void) | undefined;
    const call = start((error, response) => {
      signal?.removeEventListener("abort", onAbort);
      keep?.();
      if (error !== null) reject(fromServiceError(error, what, signal));
      else if (response === undefined) reject(new FairleadError("protocol", `${what}: the answer is empty`));
      else resolve(response);
    });
    const onAbort = (): void => {
      keep = resetLater(call);
      if (signal !== undefined) reject(toSentFailure(canceledError(signal, what)));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
