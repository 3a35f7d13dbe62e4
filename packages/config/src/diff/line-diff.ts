/** Unchanged lines around a change, as everybody shows them. */
const contextLines = 3;

/** Larger changes are shown as a whole, taken out and put in: their table would take too long. */
const mostCells = 4_000_000;

/** Two texts, and how their lines are shown; both have as many lines as the text itself. */
export interface DiffSide {
  readonly text: string;
  readonly shown: string;
}

/**
 * The difference of two texts, as `diff -u` prints it, without the names of the files; empty if there is none. Lines are
 * compared as they are, and shown as `shown` has them, so that secrets stay masked without hiding that they changed.
 */
export function diffLines(before: DiffSide, after: DiffSide): string {
  const old = linesOf(before.text);
  const now = linesOf(after.text);
  const oldShown = linesOf(before.shown);
  const nowShown = linesOf(after.shown);
  const steps = stepsOf(old, now);
  const changed = steps.flatMap(({ mark }, index) => (mark === " " ? [] : [index]));
  const lines: string[] = [];
  for (const [from, to] of hunksOf(changed, steps.length)) {
    const hunk = steps.slice(from, to);
    lines.push(`@@ -${headOf(hunk, "old")} +${headOf(hunk, "now")} @@`);
    for (const { mark, old: oldAt, now: nowAt } of hunk) {
      lines.push(`${mark}${mark === "-" ? (oldShown[oldAt] ?? "") : (nowShown[nowAt] ?? "")}`);
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}

interface Step {
  readonly mark: " " | "-" | "+";
  /** Lines before this one, in the old and in the new text. */
  readonly old: number;
  readonly now: number;
}

function stepsOf(old: readonly string[], now: readonly string[]): Step[] {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let end = 0;
  while (
    end < old.length - start &&
    end < now.length - start &&
    old[old.length - 1 - end] === now[now.length - 1 - end]
  ) {
    end++;
  }
  const steps: Step[] = [];
  for (let at = 0; at < start; at++) steps.push({ mark: " ", old: at, now: at });
  steps.push(...middleSteps(old.slice(start, old.length - end), now.slice(start, now.length - end), start));
  for (let at = end; at > 0; at--) steps.push({ mark: " ", old: old.length - at, now: now.length - at });
  return steps;
}

/** The longest common subsequence, by the table that everybody knows. */
function middleSteps(old: readonly string[], now: readonly string[], offset: number): Step[] {
  const width = now.length + 1;
  const isTooLarge = (old.length + 1) * width > mostCells;
  const table = new Uint32Array(isTooLarge ? 0 : (old.length + 1) * width);
  const cell = (oldAt: number, nowAt: number): number => table[oldAt * width + nowAt] ?? 0;
  if (!isTooLarge) {
    for (let oldAt = old.length - 1; oldAt >= 0; oldAt--) {
      for (let nowAt = now.length - 1; nowAt >= 0; nowAt--) {
        const isSame = old[oldAt] === now[nowAt];
        table[oldAt * width + nowAt] = isSame
          ? cell(oldAt + 1, nowAt + 1) + 1
          : Math.max(cell(oldAt + 1, nowAt), cell(oldAt, nowAt + 1));
      }
    }
  }
  const steps: Step[] = [];
  let oldAt = 0;
  let nowAt = 0;
  while (oldAt < old.length || nowAt < now.length) {
    const place = { old: offset + oldAt, now: offset + nowAt };
    const hasBoth = oldAt < old.length && nowAt < now.length;
    if (hasBoth && !isTooLarge && old[oldAt] === now[nowAt]) {
      steps.push({ mark: " ", ...place });
      oldAt++;
      nowAt++;
    } else if (nowAt === now.length || (hasBoth && cell(oldAt + 1, nowAt) >= cell(oldAt, nowAt + 1))) {
      steps.push({ mark: "-", ...place });
      oldAt++;
    } else {
      steps.push({ mark: "+", ...place });
      nowAt++;
    }
  }
  return steps;
}

/** Runs of steps that are shown together: changes and the lines around them. */
function hunksOf(changed: readonly number[], count: number): [from: number, to: number][] {
  const hunks: [number, number][] = [];
  for (const index of changed) {
    const from = Math.max(0, index - contextLines);
    const to = Math.min(count, index + contextLines + 1);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}

function headOf(hunk: readonly Step[], side: "old" | "now"): string {
  const isSkipped = side === "old" ? "+" : "-";
  const count = hunk.filter(({ mark }) => mark !== isSkipped).length;
  const first = hunk[0]?.[side] ?? 0;
  return `${count === 0 ? first : first + 1},${count}`;
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
