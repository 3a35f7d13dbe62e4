/** Lays rows out in columns under a head; the last column is cut to what fits. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  widthChars = 80,
): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  return [head, ...rows].map((row) => formatRow(row, widths, widthChars)).join("\n");
}

function formatRow(row: readonly string[], widths: readonly number[], widthChars: number): string {
  const last = widths.length - 1;
  const line = row
    .map((cell, column) => (column === last ? cell : cell.padEnd(widths[column] ?? 0)))
    .join("  ");
  return line.length > widthChars ? `${line.slice(0, widthChars - 1)}…` : line.trimEnd();
}
