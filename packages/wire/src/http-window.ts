import type { ExecutorLimits } from "@fairlead/core";

/**
 * Bytes of one HTTP body, of the request or the response, that may be under way without having been taken. All requests of
 * a session together stay within its buffer.
 */
export function httpWindowBytes(
  limits: Pick<ExecutorLimits, "windowBytes" | "sessionBufferBytes" | "httpRequestsPerSession">,
): number {
  const share = Math.floor(limits.sessionBufferBytes / Math.max(1, limits.httpRequestsPerSession));
  return Math.max(1, Math.min(limits.windowBytes, share));
}
