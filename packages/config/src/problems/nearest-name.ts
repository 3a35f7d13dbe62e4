/**
 * The known name that a mistyped one most likely meant, or undefined if none is near. Case, `-` and `_` count nothing,
 * so a camelCase spelling finds its snake_case key.
 */
export function nearestName(typed: string, known: Iterable<string>): string | undefined {
  const wanted = simplify(typed);
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of known) {
    const candidate = simplify(name);
    const distance = editDistance(wanted, candidate);
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    if (distance <= allowed && distance < candidate.length && distance < (best?.distance ?? Infinity)) {
      best = { name, distance };
    }
  }
  return best?.name;
}

/** A question to put behind an error, ` Did you mean "files"?`, or nothing. */
export function didYouMean(typed: string, known: Iterable<string>): string {
  const name = nearestName(typed, known);
  return name === undefined ? "" : ` Did you mean "${name}"?`;
}

function simplify(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, "").slice(0, 100);
}

/** Insertions, deletions, substitutions and swaps of neighbours that lead from one text to the other. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
