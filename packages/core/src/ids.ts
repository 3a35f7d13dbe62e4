/**
 * Makes an identifier nobody can guess: a short prefix that says what it names, and 128 random bits as hex.
 * @param prefix for example `s` for a session, `p` for a process
 */
export function createId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return `${prefix}_${hex}`;
}
