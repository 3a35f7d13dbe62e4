import type { ScenarioOutcome } from "./run-runner.js";

/** A table of what the runner found, one line per scenario, and what it complained about. */
export function formatOutcomes(title: string, outcomes: ReadonlyMap<string, ScenarioOutcome>): string {
  const width = Math.max(0, ...Array.from(outcomes.keys(), (name) => name.length));
  const lines = Array.from(outcomes, ([name, { passed, complaints }]) => {
    const verdict = complaints.length === 0 ? "pass" : "FAIL";
    return `  ${name.padEnd(width)}  ${verdict}  ${passed} checks`;
  });
  return `conformance, ${[title, ...lines.toSorted()].join("\n")}\n`;
}
