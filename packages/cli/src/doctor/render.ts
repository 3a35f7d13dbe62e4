import { hostname } from "node:os";
import type { Paint } from "../output/paint.js";
import { plainText } from "../output/plain-text.js";
import { textWidth } from "../output/text-width.js";
import type { CheckChain, CheckResult, CheckStatus } from "./check.js";

/** How a diagnosis is shown. */
export interface RenderOptions {
  /** Marks that only a terminal shows. */
  readonly isTerminal: boolean;
  readonly paint: Paint;
  readonly columns: number;
}

const plainMarks: Readonly<Record<CheckStatus, string>> = {
  ok: "ok  ",
  warning: "warn",
  failed: "FAIL",
  skipped: "skip",
};
const terminalMarks: Readonly<Record<CheckStatus, string>> = {
  ok: "✓",
  warning: "!",
  failed: "✗",
  skipped: "–",
};
const paints = {
  ok: "good",
  warning: "warn",
  failed: "bad",
  skipped: "faint",
} as const satisfies Record<CheckStatus, keyof Paint>;

const idWidth = 20;
const indent = "      ";
/** What a server said last is worth a few lines; all of it is in `--json`. */
const maxTailLines = 5;

/** Shows a set of checks: a head, a line for each, and below what is wrong what is known about it and what to type. */
export function renderChain(
  chain: Pick<CheckChain, "executor" | "server">,
  results: readonly CheckResult[],
  options: RenderOptions,
): string {
  return [titleOf(chain), ...results.flatMap((result) => renderResult(result, options))].join("\n");
}

/** Sums a diagnosis up in one line. */
export function renderSum(results: readonly CheckResult[]): string {
  const count = (status: CheckStatus): number => results.filter((result) => result.status === status).length;
  const parts = [
    `${count("ok")} ok`,
    count("warning") === 0
      ? undefined
      : `${count("warning")} ${count("warning") === 1 ? "warning" : "warnings"}`,
    count("failed") === 0 ? undefined : `${count("failed")} failed`,
    count("skipped") === 0 ? undefined : `${count("skipped")} not possible`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

function titleOf({ executor, server }: Pick<CheckChain, "executor" | "server">): string {
  if (server !== undefined) return `server ${server}, on ${executor ?? "local"}`;
  return executor === undefined ? `this machine, ${hostname()}` : `executor ${executor}`;
}

function renderResult(result: CheckResult, options: RenderOptions): readonly string[] {
  const { status, id, details, remediation } = result;
  const before = 2 + visibleMark(status, options) + 1 + idWidth + 1;
  const summary = wrapped(plainText(result.summary.split("\n")[0] ?? ""), options.columns - before);
  const [first = "", ...rest] = summary;
  const shown = [
    `  ${markOf(status, options)} ${id.padEnd(idWidth)} ${first}`,
    ...rest.map((text) => `${" ".repeat(before)}${text}`),
  ];
  if (status !== "failed" && status !== "warning") return shown;
  const { message, stderrTail, oddities } = details;
  const told = [message, oddities]
    .filter((text) => text !== undefined && text !== result.summary)
    .map(String);
  const more = told.flatMap((text) => wrapped(plainText(text), options.columns - indent.length));
  const tail = plainText(String(stderrTail ?? "")).split("\n");
  const words = tail.filter((text) => text.trim() !== "").slice(-maxTailLines);
  const paste = plainText(remediation ?? "")
    .split("\n")
    .filter((text) => text !== "");
  return [
    ...shown,
    ...more.map((text) => `${indent}${text}`),
    ...words
      .flatMap((text) => wrapped(text, options.columns - indent.length - 2))
      .map((text) => `${indent}| ${text}`),
    ...paste.flatMap((text) => pasteLines(text, options.columns)),
  ];
}

/** A command stands on one line, however long; what is to be thought about is wrapped, and stays behind its mark. */
function pasteLines(text: string, columns: number): readonly string[] {
  const mark = "# ";
  if (!text.startsWith(mark)) return [`${indent}${text}`];
  const rows = wrapped(text.slice(mark.length), columns - indent.length - mark.length);
  return rows.map((row) => `${indent}${mark}${row}`);
}

function visibleMark(status: CheckStatus, { isTerminal }: RenderOptions): number {
  return (isTerminal ? terminalMarks : plainMarks)[status].length;
}

function markOf(status: CheckStatus, { isTerminal, paint }: RenderOptions): string {
  return paint[paints[status]]((isTerminal ? terminalMarks : plainMarks)[status]);
}

/** A word that is longer than a line, a path for example, is not cut: it may have to be copied. */
function wrapped(text: string, columns: number): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const rows: string[] = [];
    let row = "";
    for (const word of line.split(" ")) {
      if (row !== "" && textWidth(row) + 1 + textWidth(word) > columns) {
        rows.push(row);
        row = word;
      } else row = row === "" ? word : `${row} ${word}`;
    }
    return [...rows, row];
  });
}
