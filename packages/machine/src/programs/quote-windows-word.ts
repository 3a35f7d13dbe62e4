/** Quotes an argument, where it has to be, as programs of Windows take their command lines apart. */
export function quoteWindowsWord(word: string): string {
  if (/^[\w@+:,./\\=-]+$/.test(word)) return word;
  return `"${word.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, "$&$&")}"`;
}
