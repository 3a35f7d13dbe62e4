/** The line break that a text uses, told by its first one; a text without any gets `\n`. */
export function lineBreakOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

/** The first character of the line that ends directly before an offset, which must be the start of a line. */
export function previousLineStart(text: string, start: number): number {
  return start < 2 ? 0 : text.lastIndexOf("\n", start - 2) + 1;
}

/** The start of the line after the one that begins at an offset, or the end of the text. */
export function nextLineStart(text: string, start: number): number {
  const at = text.indexOf("\n", start);
  return at === -1 ? text.length : at + 1;
}

/** Whether the line that begins at an offset has nothing but white space; there must be a line. */
export function isBlankLine(text: string, start: number): boolean {
  return start < text.length && /^\s*$/.test(text.slice(start, nextLineStart(text, start)));
}

/** Whether the line that begins at an offset is a comment and nothing else. */
export function isCommentLine(text: string, start: number): boolean {
  return /^[ \t]*#/.test(text.slice(start, nextLineStart(text, start)));
}

/** Takes away the last line break of a text where the text it was made from had none. */
export function endLike(original: string, text: string): string {
  return original === "" || original.endsWith("\n") ? text : text.replace(/\r?\n$/, "");
}
