/**
 * Tells whether a URI may have come out of a URI template (RFC 6570): every expression stands for any text, so it errs on
 * the side of yes; the server has the last word.
 */
export function matchesUriTemplate(template: string, uri: string): boolean {
  const source = template
    .split(/\{[^}]*\}/)
    .map((literal) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`, "su").test(uri);
}
