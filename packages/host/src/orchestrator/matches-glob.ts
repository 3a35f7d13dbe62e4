/**
 * Tells whether a whole text fits a pattern in which `*` stands for any run of characters and `?` for one. Only the last
 * star is ever taken back, so that no pattern can make it slow.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const pattern = Array.from(glob);
  const characters = Array.from(text);
  let at = 0;
  let next = 0;
  let star = -1;
  let starEnd = 0;
  while (at < characters.length) {
    if (pattern[next] === "*") {
      star = next;
      starEnd = at;
      next += 1;
    } else if (next < pattern.length && (pattern[next] === "?" || pattern[next] === characters[at])) {
      at += 1;
      next += 1;
    } else if (star >= 0) {
      starEnd += 1;
      at = starEnd;
      next = star + 1;
    } else return false;
  }
  while (pattern[next] === "*") next += 1;
  return next === pattern.length;
}
