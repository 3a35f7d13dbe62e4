/**
 * Tells whether a URI may have come out of a URI template (RFC 6570): every expression stands for any text, so it errs on
 * the side of yes; the server has the last word. The literals between them must follow each other, which one pass decides.
 */
export function matchesUriTemplate(template: string, uri: string): boolean {
  const literals = template.split(/\{[^}]*\}/);
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
