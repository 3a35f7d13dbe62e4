import { cutToWidth, textWidth } from "./text-width.js";

/** A column of a table: its title, or more. */
export type Column = string | ColumnOptions;

/** How a column is laid out. */
export interface ColumnOptions {
  readonly title: string;
  /** @default left */
  readonly align?: "left" | "right";
  /** May be narrowed, down to 8 columns or its title, where the table is too wide. @default false */
  readonly shrinks?: boolean;
  /** Colours a cell once it is laid out. @default as it is */
  readonly paint?: (text: string) => string;
}

/** Narrower, a name tells nothing any more. */
const leastWidth = 8;
const gap = "  ";

/**
 * Lays rows out in columns under a head. Where they are too wide, those that may shrink do, the widest first, and the end
 * of a line that is still too long is cut.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  widthChars = 80,
): string {
  const layout = columns.map((column) => (typeof column === "string" ? { title: column } : column));
  const head = layout.map(({ title }) => title);
  const widths = fitWidths(
    layout,
    layout.map(({ title }, index) =>
      Math.max(textWidth(title), ...rows.map((row) => textWidth(row[index] ?? ""))),
    ),
    widthChars,
  );
  return [head, ...rows]
    .map((row) => {
      const cells = layout.map((column, index) => formatCell(row[index] ?? "", widths[index] ?? 0, column));
      const line = cutToWidth(cells.join(gap).trimEnd(), widthChars);
      return row === head ? line : paintCells(line, cells, layout);
    })
    .join("\n");
}

/** Colours the cells of a line, but not one that its end cuts. */
function paintCells(line: string, cells: readonly string[], layout: readonly ColumnOptions[]): string {
  let at = 0;
  const painted = cells.map((cell, index) => {
    const piece = line.slice(at, at + cell.length + gap.length);
    at += piece.length;
    const text = cell.trimEnd();
    const paint = layout[index]?.paint;
    return paint !== undefined && piece.startsWith(text) ? paint(text) + piece.slice(text.length) : piece;
  });
  return painted.join("");
}

function formatCell(text: string, width: number, column: ColumnOptions): string {
  const cut = column.shrinks === true ? cutToWidth(text, width) : text;
  const padding = " ".repeat(Math.max(0, width - textWidth(cut)));
  return column.align === "right" ? padding + cut : cut + padding;
}

function fitWidths(
  layout: readonly ColumnOptions[],
  wanted: readonly number[],
  widthChars: number,
): readonly number[] {
  const widths = [...wanted];
  const least = layout.map(({ title, shrinks }, index) =>
    shrinks === true ? Math.max(leastWidth, textWidth(title)) : (wanted[index] ?? 0),
  );
  const excess = (): number =>
    widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1)) - widthChars;
  while (excess() > 0) {
    const spare = widths.map((width, index) => (width > (least[index] ?? 0) ? width : 0));
    const widest = spare.indexOf(Math.max(...spare));
    if ((spare[widest] ?? 0) === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
