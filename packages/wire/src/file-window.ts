import type { ExecutorLimits } from "@fairlead/core";

/**
 * Bytes of one file, read or written, that may be under way without having been taken. All file streams of a session
 * together take half of its buffer at most.
 */
export function fileWindowBytes(
  limits: Pick<ExecutorLimits, "windowBytes" | "sessionBufferBytes" | "fileStreamsPerSession">,
): number {
  const share = Math.floor(limits.sessionBufferBytes / 2 / Math.max(1, limits.fileStreamsPerSession));
  return Math.max(1, Math.min(limits.windowBytes, share));
}
