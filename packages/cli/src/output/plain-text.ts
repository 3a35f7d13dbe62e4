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

/** Characters that turn the order of what stands around them, and separators that some terminals break lines at. */
const reordering = /[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** As {@link plainText}, for the cell of a table: also nothing that ends the line or reorders its neighbours. */
export function plainCell(text: string): string {
  return plainText(text)
    .replaceAll(/[\t\n]/g, "\u{fffd}")
    .replaceAll(reordering, "\u{fffd}");
}
