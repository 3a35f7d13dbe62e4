// Reads what vitest's JSON reporter wrote, for the plain closing line that a CI reads.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

/** Where vitest writes its JSON report. */
export const resultsPath = join(root, "test-results.json");

/**
 * Counts the tests of the last run. A file that failed before its first test counts as one failure.
 * @returns {{ passed: number, failed: number, skipped: number }} zeros if there is no report
 */
export function countResults() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  if (!existsSync(resultsPath)) return counts;
  const report = JSON.parse(readFileSync(resultsPath, "utf8"));
  for (const file of report.testResults) {
    const statuses = file.assertionResults.map((/** @type {{ status: string }} */ test) => test.status);
    for (const status of statuses) {
      if (status === "passed" || status === "failed") counts[status] += 1;
      else counts.skipped += 1;
    }
    if (file.status === "failed" && !statuses.includes("failed")) counts.failed += 1;
  }
  return counts;
}

/**
 * The closing line: to stand alone, as the last one.
 * @param {{ passed: number, failed: number, skipped: number }} counts
 * @returns {string}
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
