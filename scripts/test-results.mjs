// Reads what vitest's JSON reporter wrote, for the plain closing line that a CI reads.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "./setup.mjs";

/** Where vitest writes its JSON reports. */
export const resultsPaths = {
  usual: join(root, "test-results.json"),
  long: join(root, "test-results-long.json"),
  node22: join(root, "test-results-node-22.json"),
  node24: join(root, "test-results-node-24.json"),
};

/**
 * Where the report of a second run is, which only the files that failed had. What it says of a file is what counts.
 * @param {string} path of the first run's
 */
export function secondPath(path) {
  return path.replace(/\.json$/, "-second.json");
}

/**
 * Where it is noted how a run ended as a whole.
 * @param {string} path of its report
 */
export function endPath(path) {
  return path.replace(/\.json$/, "-end.json");
}

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
 * Names each failed test of the last runs with the start of its message, so that the end of a log tells what happened.
 * @param {readonly string[]} paths of JSON reports
 * @returns {string[]} lines; none if nothing failed
 */
export function describeFailures(paths) {
  return paths.flatMap(readFiles).flatMap((file) => describe("failed", file));
}

/**
 * Names each test that failed in a first run only, and how.
 * @param {readonly string[]} paths of JSON reports
 * @returns {string[]} lines; none if none needed a second run
 */
export function describeSecondChances(paths) {
  const needed = paths.flatMap((path) => {
    const passed = new Set(
      readReport(secondPath(path))
        .filter(isPassed)
        .map((file) => file.name),
    );
    return readReport(path).filter((file) => passed.has(file.name));
  });
  return needed.flatMap((file) => describe("passed in a second run only", file));
}

/**
 * @param {string} path of a JSON report
 * @returns {string[]} the files with failures, from the checkout's root
 */
export function failedFiles(path) {
  const failed = readReport(path).filter((file) => !isPassed(file));
  return [...new Set(failed.map((file) => relative(root, file.name)))];
}

/** @param {FileResult} file */
function isPassed(file) {
  return file.status !== "failed";
}

/**
 * @param {string} what happened to the tests that failed
 * @param {FileResult} file
 * @returns {string[]} lines
 */
function describe(what, file) {
  const name = relative(root, file.name);
  const failed = file.assertionResults.filter((test) => test.status === "failed");
  const lines = failed.flatMap((test) => [
    `${what}: ${name} > ${test.fullName}`,
    ...startOf(test.failureMessages?.join("\n") ?? ""),
  ]);
  if (isPassed(file) || failed.length > 0) return lines;
  return [`${what}: ${name}`, ...startOf(file.message ?? "")];
}

const shownLines = 12;

/** @param {string} message */
function startOf(message) {
  const lines = stripVTControlCharacters(message).split("\n");
  const ownLines = lines.filter((line) => !/^\s*at .*node_modules/.test(line));
  return ownLines.slice(0, shownLines).map((line) => `  ${line.slice(0, 300)}`);
}

/**
 * @typedef {{ status: string, fullName: string, failureMessages?: string[] }} TestResult
 * @typedef {{ name: string, status: string, message?: string, assertionResults: TestResult[] }} FileResult
 */

/**
 * @param {string} path
 * @returns {FileResult[]} none where there is no report
 */
function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).testResults : [];
}

/**
 * @param {string} path
 * @returns {FileResult[]} those of the second run in the place of the first
 */
function readFiles(path) {
  const second = readReport(secondPath(path));
  const names = new Set(second.map((file) => file.name));
  return [...readReport(path).filter((file) => !names.has(file.name)), ...second];
}

/**
 * @param {Counts} counts
 * @param {string} path
 */
function addResults(counts, path) {
  for (const file of readFiles(path)) {
    const statuses = file.assertionResults.map((test) => test.status);
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
