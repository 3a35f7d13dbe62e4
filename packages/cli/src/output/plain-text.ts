/**
 * Makes text that came from somewhere else safe to show: control characters could move the cursor, change the title or
 * hide what stands before them.
 */
export function plainText(text: string): string {
  let plain = "";
  for (const character of text) plain += isControl(character) ? "\u{fffd}" : character;
  return plain;
}

/** C0 but for tab and newline, delete, and C1. */
function isControl(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x09 || code === 0x0a) return false;
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}
