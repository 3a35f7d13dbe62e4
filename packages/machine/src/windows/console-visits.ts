/** What a helper said of its visits to consoles. */
export interface ConsoleVisits {
  readonly told: readonly number[];
  /** Those that have no console that may be told. */
  readonly missed: readonly number[];
  /** Whether it came to its end. */
  readonly isDone: boolean;
}

const done = "done";

/** A line that is said just before an event is sent: whoever says it may be ended by that event. */
export function toldLine(pids: readonly number[]): string {
  return `told ${pids.join(",")}\n`;
}

/** A line about those whom nothing was sent to, or whom it did not reach after all. */
export function missedLine(pids: readonly number[]): string {
  return `missed ${pids.join(",")}\n`;
}

/** The last line. */
export function doneLine(): string {
  return `${done}\n`;
}

/** Reads what a helper said, as far as it came; a line that was cut off does not count. */
export function readVisits(text: string): ConsoleVisits {
  const told = new Set<number>();
  const missed = new Set<number>();
  const lines = text.split("\n").slice(0, -1);
  for (const line of lines) {
    const [, kind, list = ""] = /^(told|missed) ([\d,]+)$/.exec(line) ?? [];
    for (const pid of list.split(",").map(Number)) {
      if (kind === "told") told.add(pid);
      if (kind !== "missed") continue;
      told.delete(pid);
      missed.add(pid);
    }
  }
  return { told: [...told], missed: [...missed], isDone: lines.includes(done) };
}
