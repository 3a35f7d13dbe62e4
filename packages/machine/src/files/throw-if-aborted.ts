import { canceledError, type FairleadError, quotePath, withEffect } from "@fairlead/core";
import type { FileTask } from "./file-errors.js";

/** @throws FairleadError what the signal was aborted with, or `canceled` */
export function throwIfAborted(signal: AbortSignal | undefined, { doing, path }: FileTask): void {
  if (signal?.aborted === true) throw canceledHere(signal, { doing, path });
}

/** The failure of something that was aborted and has changed nothing. */
export function canceledHere(signal: AbortSignal, { doing, path }: FileTask): FairleadError {
  return withEffect(canceledError(signal, `To ${doing} ${quotePath(path)}`), "none");
}
