/** C0 but for tab and newline, delete, and C1. */
const controls = /[^\P{Cc}\t\n]+/gu;

/**
 * Makes text that came from somewhere else safe to show: control characters could move the cursor, change the title or
 * hide what stands before them.
 */
export function plainText(text: string): string {
  return text.replaceAll(controls, (run) => "\u{fffd}".repeat(run.length));
}

/** A text as a sentence that another one may follow: with a full stop, unless it ends in a mark of its own. */
export function asSentence(text: string): string {
  const trimmed = text.trimEnd();
  return /[.!?]["')]?$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** Characters that turn the order of what stands around them, and separators that some terminals break lines at. */
const reordering = /[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** As {@link plainText}, for the cell of a table: also nothing that ends the line or reorders its neighbours. */
export function plainCell(text: string): string {
  return plainText(text)
    .replaceAll(/[\t\n]/g, "\u{fffd}")
    .replaceAll(reordering, "\u{fffd}");
}
