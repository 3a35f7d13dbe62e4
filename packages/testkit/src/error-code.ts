/** Tells whether a thrown value is a system error with one of these codes, for example `ENOENT`. */
export function hasErrorCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof Error && "code" in thrown && codes.includes(String(thrown.code));
}
