const abortCodes: ReadonlySet<unknown> = new Set(["ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE", "EPIPE"]);

/** Tells whether an error only says that the other side has left. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && "code" in error && abortCodes.has(error.code);
}
