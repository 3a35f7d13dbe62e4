/** Unchanged lines around a change. */
const contextLines = 3;

/**
 * Shows what changes from one text to another, as a unified diff with one hunk from the first to the last change: not the
 * shortest that there could be, but made in one pass over files of any size.
 * @returns an empty text if nothing changes
 */
export function unifiedDiff(before: string, after: string): string {
  if (before === after) return "";
  const old = toLines(before);
  const now = toLines(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let oldEnd = old.length;
  let nowEnd = now.length;
  while (oldEnd > start && nowEnd > start && old[oldEnd - 1] === now[nowEnd - 1]) {
    oldEnd -= 1;
    nowEnd -= 1;
  }
  const from = Math.max(0, start - contextLines);
  const oldTo = Math.min(old.length, oldEnd + contextLines);
  const nowTo = Math.min(now.length, nowEnd + contextLines);
  return [
    `@@ -${rangeText(from, oldTo)} +${rangeText(from, nowTo)} @@`,
    ...old.slice(from, start).map((line) => ` ${line}`),
    ...old.slice(start, oldEnd).map((line) => `-${line}`),
    ...now.slice(start, nowEnd).map((line) => `+${line}`),
    ...old.slice(oldEnd, oldTo).map((line) => ` ${line}`),
  ].join("\n");
}

/** Lines without their ends; one that has none is marked, as diff does. */
function toLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  const last = lines.pop();
  return last === "" || last === undefined ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

function rangeText(from: number, to: number): string {
  const count = to - from;
  return `${count === 0 ? from : from + 1},${count}`;
}
