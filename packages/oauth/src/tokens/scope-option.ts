/** A scope as RFC 6749, 3.3, spells it; anything else would be no scope that could be asked for. */
const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * What to type behind `fairlead login NAME` to ask for these scopes. They come from servers, and the line is shown to people
 * and agents that may run it, so nothing in them can end the quotes.
 * @returns with a space in front; empty where there is none
 */
export function scopeOption(scopes: readonly string[]): string {
  const list = scopes.filter((scope) => scopePattern.test(scope)).join(",");
  if (list === "") return "";
  const isPlain = /^[\w.,:/-]+$/.test(list);
  return ` --scopes ${isPlain ? list : `'${list.replaceAll("'", "'\\''")}'`}`;
}
