import { median } from "./stats.mjs";

const widthChars = 80;

/** Lines of one benchmark's results, none longer than 80 characters. */
export function formatResult(name, { title, columns = [], figures = {}, aims = [], notes = [] }) {
  const lines = ["", `${name}: ${title}`];
  const shown = Object.entries(figures).map(([contestant, values]) => [
    contestant,
    ...columns.map(({ figure, digits }) => formatMedian(values[figure], digits)),
  ]);
  if (shown.length > 0) lines.push(...alignColumns([["", ...columns.map(({ head }) => head)], ...shown]));
  const held = aims.map((aim) => [aim.what, formatMeasured(aim), formatAim(aim), aim.verdict]);
  if (held.length > 0) lines.push("", ...alignColumns([["aim", "measured", "wanted", ""], ...held]));
  lines.push(...notes.flatMap((note) => wrap(`- ${note}`)));
  return lines;
}

function formatMedian(values, digits = 2) {
  if (values === undefined || values.length === 0) return "–";
  const value = median(values);
  return digits === 0 ? Math.round(value).toLocaleString("en-US") : value.toFixed(digits);
}

function formatMeasured({ measured, unit }) {
  return measured === undefined ? "–" : `${Number(measured.toFixed(2))} ${unit}`.trim();
}

function formatAim({ aim, better, unit, reason }) {
  if (aim === undefined) return reason ?? "";
  return `${better === "lower" ? "≤" : "≥"} ${aim} ${unit}`.trim();
}

/** The first column to the left, the others to the right; the first one gives way where the line would be too long. */
function alignColumns(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? "")].length)));
  const others = widths.slice(1).reduce((sum, width) => sum + width + 2, 2);
  widths[0] = Math.min(widths[0], widthChars - others);
  return rows.map((row) =>
    `  ${row
      .map((cell, column) =>
        column === 0 ? clip(cell, widths[0]).padEnd(widths[0]) : cell.padStart(widths[column]),
      )
      .join("  ")}`.trimEnd(),
  );
}

function clip(text, width) {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function wrap(text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== "" && line.length + word.length + 3 > widthChars) lines.push(`  ${word}`);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.map((line) => `  ${line}`);
}
