// Runs vitest and keeps its report.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runEndVariable } from "./run-end-reporter.mjs";
import { root, run } from "./setup.mjs";
import { endPath, failedFiles, secondPath } from "./test-results.mjs";

/** More than so many at once are no accident of a busy machine. */
const mostFilesAgain = 4;

/**
 * @typedef {object} VitestOptions
 * @property {readonly string[]} args for vitest: projects, and filters where only a part is wanted
 * @property {string} resultsPath of the JSON report
 * @property {string} [reporter] for people
 * @property {string} [node] the Node that it runs under, if another one
 * @property {Record<string, string>} [env] added to our own environment
 */

/**
 * Runs suites once. @returns {Promise<number>} its exit code
 * @param {VitestOptions} options
 */
export async function runVitest({
  args,
  resultsPath,
  reporter = "default",
  node = process.execPath,
  env = {},
}) {
  for (const path of [resultsPath, endPath(resultsPath)]) rmSync(path, { force: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const named = [reporter, "json", join(root, "scripts", "run-end-reporter.mjs")];
  const reporters = [...named.map((name) => `--reporter=${name}`), `--outputFile.json=${resultsPath}`];
  return run(node, [vitest, "run", ...reporters, ...args], {
    env: { [runEndVariable]: endPath(resultsPath), ...env },
  });
}

/**
 * Runs suites, and in CI the few files that failed once more, one after the other. A test that passes then was in need of a
 * quiet machine: it counts as passed, but the end of the log names it and how it failed (see `describeSecondChances`). There is
 * no second run where anything failed that is no test's.
 * @param {VitestOptions & { readonly filters: readonly string[] }} options `args` are for both runs, `filters` for the first
 */
export async function runVitestTwice({ args, filters, ...options }) {
  const again = secondPath(options.resultsPath);
  rmSync(again, { force: true });
  const exitCode = await runVitest({ ...options, args: [...args, ...filters] });
  const isChosen = filters.some((filter) => filter.startsWith("-"));
  if (exitCode === 0 || isChosen || process.env.CI !== "true") return exitCode;
  const files = failedFiles(options.resultsPath);
  if (files.length === 0 || files.length > mostFilesAgain || hasStrays(options.resultsPath)) return exitCode;
  console.log(`\nOnce more, one after the other: ${files.join(", ")}`);
  return runVitest({
    ...options,
    args: [...args, "--no-file-parallelism", ...files],
    resultsPath: again,
  });
}

/** @param {string} resultsPath */
function hasStrays(resultsPath) {
  const path = endPath(resultsPath);
  return !existsSync(path) || JSON.parse(readFileSync(path, "utf8")).strayCount > 0;
}
