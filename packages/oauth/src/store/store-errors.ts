import { FairleadError, isFairleadError } from "@fairlead/core";
import { systemCode } from "./private-file.js";

/** Makes the error of a store that cannot be asked now. @param what was wanted, as in "The credential of x" */
export function storeUnavailable(what: string, reason: string): FairleadError {
  return new FairleadError("unavailable", `${what}: ${reason}`, {
    reason: "credentials_unavailable",
    effect: "none",
  });
}

/** Makes the error of a store that holds something unreadable, which is left as it is. */
export function storeCorrupt(what: string, reason: string): FairleadError {
  return new FairleadError(
    "usage",
    `${what}: ${reason}. It is left as it is; mend it, or move it away and log in again`,
    { reason: "credentials_unavailable", effect: "none" },
  );
}

/** Makes whatever writing a file threw one of ours, without anything that was written. */
export function writeFailed(path: string, cause: unknown): FairleadError {
  if (isFairleadError(cause)) return cause;
  const code = systemCode(cause);
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  const isRefused = code === "EACCES" || code === "EPERM" || code === "EROFS";
  const reason = isFull ? "disk_full" : isRefused ? "access_denied" : "io_failed";
  return new FairleadError(
    isRefused ? "forbidden" : "unavailable",
    `${path} cannot be written (${code ?? "unknown failure"}). ${isFull ? "Free some space" : "See to its folder"} and try again`,
    { cause, reason, effect: "none", details: { path } },
  );
}
