/**
 * Makes text that came from somewhere else safe to show: control characters could move the cursor, change the title or
 * hide what stands before them.
 */
export function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\u{fffd}");
}
