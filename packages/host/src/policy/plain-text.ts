// oxlint-disable no-control-regex -- They are what is looked for.
/**
 * Spells out what a person cannot see or what turns text around (control characters other than tabs and line breaks, zero-width and
 * direction marks), so that a question shows what will happen and nothing else.
 */
export function plainText(text: string): string {
  return text.replaceAll(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
