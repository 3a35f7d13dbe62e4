import { scanToml, type TomlStatement } from "../toml/scan-toml.js";
import { endLike, isBlankLine, isCommentLine, nextLineStart, previousLineStart } from "./text-lines.js";

/**
 * Cuts everything that is written below one key out of a valid TOML text, wherever it stands and however it is spelled:
 * its table, the tables inside that, and pairs in tables around it.
 *
 * Comments inside go with it, and so does the block directly above, unless that also touches something else (the table
 * before, or the top of the file): then nobody can tell whose it is, and it stays.
 */
export function cutEntry(text: string, path: readonly string[], options: CutOptions = {}): string {
  const { replacement, keepsCommentsBelow = false } = options;
  const runs = findRuns(scanToml(text), path);
  let result = text;
  for (const [index, run] of [...runs.entries()].toReversed()) {
    const isReplaced = index === 0 && replacement !== undefined;
    // What stands below a table that stays may be a table too, switched off.
    const span = isReplaced ? run : widen(text, run, keepsCommentsBelow);
    result = result.slice(0, span.start) + (isReplaced ? replacement : "") + result.slice(span.end);
  }
  return endLike(text, result);
}

/** How an entry is cut out. */
export interface CutOptions {
  /**
   * A table to put where the first table was, between the comments above and below it. That the entry begins with a table
   * of its own is the caller's business.
   */
  readonly replacement?: string | undefined;
  /** Whether comments below the entry stay, as in files of other programs, where they are hardly ours. @default false */
  readonly keepsCommentsBelow?: boolean | undefined;
}

/** Whether an entry begins with a table of its own, which {@link cutEntry} can put another one in the place of. */
export function beginsWithTable(text: string, path: readonly string[]): boolean {
  return findRuns(scanToml(text), path)[0]?.kind === "header";
}

/** Statements of one entry that follow each other directly. */
interface Run {
  readonly kind: TomlStatement["kind"];
  readonly start: number;
  readonly end: number;
  /** Where the statement before it ends; undefined if there is none. */
  readonly previousEnd: number | undefined;
}

function findRuns(statements: readonly TomlStatement[], path: readonly string[]): Run[] {
  const runs: Run[] = [];
  let current: Run | undefined;
  let previousEnd: number | undefined;
  for (const statement of statements) {
    if (path.every((step, at) => step === statement.path[at])) {
      current = current === undefined ? { ...statement, previousEnd } : { ...current, end: statement.end };
    } else if (current !== undefined) {
      runs.push(current);
      current = undefined;
    }
    previousEnd = statement.end;
  }
  return current === undefined ? runs : [...runs, current];
}

/** The text that goes with a run: the comments that are surely its own, and one of the gaps around it. */
function widen(
  text: string,
  run: Run,
  keepsCommentsBelow: boolean,
): { readonly start: number; readonly end: number } {
  const start = leadingCommentStart(text, run);
  const end = keepsCommentsBelow ? run.end : trailingCommentEnd(text, run);
  const hasGapBefore = start === 0 || isBlankLine(text, previousLineStart(text, start));
  if (!hasGapBefore) return { start, end };
  let afterGap = end;
  while (isBlankLine(text, afterGap)) afterGap = nextLineStart(text, afterGap);
  // At the end of the file there is nothing left to be separated from.
  const isLast = run.kind === "header" && afterGap === text.length && start > 0;
  return { start: isLast ? previousLineStart(text, start) : start, end: afterGap };
}

function leadingCommentStart(text: string, run: Run): number {
  const floor = run.previousEnd ?? 0;
  let start = run.start;
  while (start > floor && isCommentLine(text, previousLineStart(text, start))) {
    start = previousLineStart(text, start);
  }
  const isTopOfFile = start === 0;
  const touchesPrevious = start === floor && run.kind === "header";
  return isTopOfFile || touchesPrevious ? run.start : start;
}

/** A comment below the last pair of a table belongs to it, if a gap or the end of the file follows. */
function trailingCommentEnd(text: string, run: Run): number {
  let end = run.end;
  while (end < text.length && isCommentLine(text, end)) end = nextLineStart(text, end);
  const isItsOwn = run.kind === "header" && (end === text.length || isBlankLine(text, end));
  return isItsOwn ? end : run.end;
}
