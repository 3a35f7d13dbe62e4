// `pnpm soak`: runs the suites of the process engine again and again, and tells which run failed where.
//   pnpm soak                     20 runs
//   pnpm soak --times 3           3 runs
//   pnpm soak --times 5 test/src/faults   5 runs of one folder
// No retries: one failure in any run fails the soak. The summary is also written to soak-summary.log.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, runMain, SetupError, setUp } from "./setup.mjs";
import { closingLine, countResults } from "./test-results.mjs";

const engineSuites = [
  "packages/machine",
  "packages/executor",
  "packages/link",
  "packages/wire",
  "test/src/faults",
  "test/src/outlive",
  "test/src/link",
  "test/src/pty",
  "test/src/lifetimes",
];
const reportPath = join(root, "test-results-soak.json");
const summaryPath = join(root, "soak-summary.log");

await runMain(async () => {
  const { times, suites } = readArguments(process.argv.slice(2));
  await setUp();
  const lines = [];
  let failedRuns = 0;
  for (let round = 1; round <= times; round += 1) {
    const startedAtMs = performance.now();
    rmSync(reportPath, { force: true });
    const exitCode = await runOnce(suites);
    const counts = countResults([reportPath]);
    const isGreen = exitCode === 0 && counts.failed === 0 && counts.passed > 0;
    if (!isGreen) failedRuns += 1;
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
    lines.push(
      `run ${round} of ${times}: ${closingLine(counts)}, ${seconds} s${isGreen ? "" : "  <- FAILED"}`,
    );
    console.log(lines.at(-1));
    writeFileSync(summaryPath, `${lines.join("\n")}\n`);
  }
  console.log(`${times - failedRuns} of ${times} runs were green`);
  return failedRuns === 0 ? 0 : 1;
});

/** @param {readonly string[]} suites */
function runOnce(suites) {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${reportPath}`];
  const projects = ["--project", "unit", "--project", "system"];
  return run(process.execPath, [vitest, "run", ...reporters, ...projects, ...suites]);
}

/**
 * @param {readonly string[]} given
 * @returns {{ times: number, suites: readonly string[] }}
 */
function readArguments(given) {
  const at = given.indexOf("--times");
  const times = at < 0 ? 20 : Number(given[at + 1]);
  if (!Number.isInteger(times) || times < 1) throw new SetupError("--times needs a whole number from 1");
  const suites = at < 0 ? given : given.toSpliced(at, 2);
  return { times, suites: suites.length === 0 ? engineSuites : suites };
}
