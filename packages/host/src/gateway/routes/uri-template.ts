/**
 * Tells whether a URI may have come out of a URI template (RFC 6570): every expression stands for any text, so it errs on
 * the side of yes; the server has the last word. The literals between them must follow each other, which one pass decides.
 */
export function matchesUriTemplate(template: string, uri: string): boolean {
  const literals = literalsOf(template);
  const [first = "", ...others] = literals;
  const last = others.pop();
  if (last === undefined) return uri === first;
  if (!uri.startsWith(first)) return false;
  let from = first.length;
  for (const literal of others) {
    const found = uri.indexOf(literal, from);
    if (found < 0) return false;
    from = found + literal.length;
  }
  return uri.length - last.length >= from && uri.endsWith(last);
}

/** What stands between the expressions. Scanned by hand: a regular expression takes quadratic time over open braces. */
function literalsOf(template: string): string[] {
  const literals: string[] = [];
  let from = 0;
  for (;;) {
    const open = template.indexOf("{", from);
    const close = open < 0 ? -1 : template.indexOf("}", open);
    if (close < 0) return [...literals, template.slice(from)];
    literals.push(template.slice(from, open));
    from = close + 1;
  }
}
