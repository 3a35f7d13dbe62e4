// Reads what vitest's JSON reporter wrote, for the plain closing line that a CI reads.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

/** Where vitest writes its JSON reports. */
export const resultsPaths = {
  usual: join(root, "test-results.json"),
  long: join(root, "test-results-long.json"),
};

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Counts the tests of the last runs together. A file that failed before its first test counts as one failure.
 * @param {readonly string[]} paths of JSON reports
 * @returns {Counts} zeros where there is no report
 */
export function countResults(paths) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const path of paths) addResults(counts, path);
  return counts;
}

/**
 * @param {Counts} counts
 * @param {string} path
 */
function addResults(counts, path) {
  if (!existsSync(path)) return;
  const report = JSON.parse(readFileSync(path, "utf8"));
  for (const file of report.testResults) {
    const statuses = file.assertionResults.map((/** @type {{ status: string }} */ test) => test.status);
    for (const status of statuses) {
      if (status === "passed" || status === "failed") counts[status] += 1;
      else counts.skipped += 1;
    }
    if (file.status === "failed" && !statuses.includes("failed")) counts.failed += 1;
  }
}

/**
 * The closing line: to stand alone, as the last one.
 * @param {{ passed: number, failed: number, skipped: number }} counts
 * @returns {string}
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
