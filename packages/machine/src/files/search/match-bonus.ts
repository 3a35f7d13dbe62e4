const slash = 0x2f;
/** At the start of a name in the path. */
const nameStart = 14;
/** After `_`, `-`, a dot or a space. */
const wordStart = 11;
/** At a capital after a small letter, or a digit after a letter. */
const camelStart = 9;
/** Anywhere in the last name, which people mean more often than its folders. */
const inLastName = 3;

/**
 * How much a match at this place says: one where a word begins is hardly chance.
 * @param lastSlash where the last name begins, which is the same for all places of a path
 */
export function bonusAt(path: string, at: number, lastSlash: number): number {
  const last = at > lastSlash ? inLastName : 0;
  if (at === 0) return nameStart + last;
  const before = path.charCodeAt(at - 1);
  if (before === slash) return nameStart + last;
  const here = path.charCodeAt(at);
  if (!isWordUnit(before)) return isWordUnit(here) ? wordStart + last : last;
  const isCamel = isUpper(here) ? !isUpper(before) : isDigit(here) && !isDigit(before);
  return (isCamel ? camelStart : 0) + last;
}

function isWordUnit(unit: number): boolean {
  return unit > 0x7f || isUpper(unit) || isDigit(unit) || (unit >= 0x61 && unit <= 0x7a);
}

function isUpper(unit: number): boolean {
  return unit >= 0x41 && unit <= 0x5a;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}
