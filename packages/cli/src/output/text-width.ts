/** Marks and joiners take no room of their own; East Asian letters and pictures take two columns. */
const noColumn = /^[\p{Mark}\p{Format}]$/u;
const twoColumns =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60]$/u;

/** How many columns a text takes on a terminal, as near as can be told without knowing its font. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** Cuts a text to so many columns; what was cut shows as `…`. */
export function cutToWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = "";
  let room = columns - 1;
  for (const character of text) {
    room -= characterWidth(character);
    if (room < 0) break;
    kept += character;
  }
  return columns > 0 ? `${kept}…` : "";
}

function characterWidth(character: string): number {
  if (character < "\u0300") return 1;
  if (noColumn.test(character)) return 0;
  return twoColumns.test(character) ? 2 : 1;
}
