import { type ErrorReason, FairleadError } from "@fairlead/core";

/** What the network of one machine refuses, and that of another may grant. */
const ofItsNetwork: ReadonlySet<ErrorReason | undefined> = new Set([
  "dns_failed",
  "connect_failed",
  "tls_failed",
  "proxy_failed",
  "policy_denied",
]);

/** The same failure with the machine whose network it is. @param what names the executor */
export function tellWhere(failure: FairleadError, what: string): FairleadError {
  const { code, message, reason, effect, details } = failure;
  if (reason === undefined || !ofItsNetwork.has(reason)) return failure;
  return new FairleadError(code, `${what}: ${message}`, { cause: failure, reason, effect, details });
}
