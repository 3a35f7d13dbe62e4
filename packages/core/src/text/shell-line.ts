/** Characters that no shell reads anything into; `=` makes an assignment of a first word, and zsh reads it in front. */
const plainFirst = /^[\w@%+:,./-]+$/;
const plain = /^[\w@%+:,./-][\w@%+=:,./-]*$/;

/**
 * A command line of words that can be pasted into a shell of the machine it is for.
 * @param isWindows cmd and PowerShell read double quotes the same way; a `"` within them is doubled
 */
export function shellLine(words: readonly string[], isWindows = false): string {
  return words.map((word, at) => quote(word, { isWindows, isFirst: at === 0 })).join(" ");
}

function quote(
  word: string,
  { isWindows, isFirst }: { readonly isWindows: boolean; readonly isFirst: boolean },
): string {
  if (isWindows) return /^[\w@+:,./\\=-]+$/.test(word) ? word : `"${word.replaceAll('"', '""')}"`;
  if ((isFirst ? plainFirst : plain).test(word)) return word;
  // Line breaks and other controls would leave the line, or be shown as something else.
  if (/\p{Cc}/u.test(word))
    return `$'${word.replaceAll(/[\\']/g, "\\$&").replaceAll(/\p{Cc}/gu, escapeControl)}'`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function escapeControl(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
