import type { ScenarioOutcome } from "./read-outcomes.js";

/**
 * A table of what the runner found, one line per scenario, and a sum.
 * @param scored the scenarios that count; others are marked. @default all
 */
export function formatOutcomes(
  title: string,
  outcomes: ReadonlyMap<string, ScenarioOutcome>,
  scored: readonly string[] = Array.from(outcomes.keys()),
): string {
  const width = Math.max(0, ...Array.from(outcomes.keys(), (name) => name.length));
  const lines = Array.from(outcomes, ([name, { passed, complaints }]) => {
    const verdict = complaints.length === 0 ? "pass" : "FAIL";
    const note = scored.includes(name) ? "" : ", not scored";
    return `  ${name.padEnd(width)}  ${verdict}  ${passed} checks${note}`;
  });
  const counted = scored.flatMap((name) => outcomes.get(name) ?? []);
  const passed = counted.filter(({ complaints }) => complaints.length === 0).length;
  const warnings = counted.reduce((sum, outcome) => sum + outcome.warnings, 0);
  const sum = `  ${passed}/${scored.length} pass, ${warnings} warnings`;
  return `conformance, ${[title, ...lines.toSorted(), sum].join("\n")}\n`;
}
