// `npm run soak`: runs suites again and again, and reports which run failed where.
//   npm run soak                                the process engine's, 20 runs
//   npm run soak -- --times 3                   3 runs
//   npm run soak -- --suite platforms           hosts and executors of every kind with each other, the Windows ones under Wine
//   npm run soak -- --times 5 test/src/faults   5 runs of one folder
// No retries: one failure in any run fails the soak, and so does a run that is too slow or leaves something behind. The summary is
// also written to soak-summary.log. Ctrl-C stops it, and ends what the run had started.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endLeftBehind, findLeftBehind } from "./left-behind.mjs";
import { runVitest } from "./run-vitest.mjs";
import { root, runMain, SetupError, setUp } from "./setup.mjs";
import { closingLine, countResults } from "./test-results.mjs";

/**
 * @typedef {object} Suite
 * @property {readonly string[]} folders
 * @property {readonly string[]} projects of vitest
 * @property {number} limitMinutes a slower run has failed
 * @property {boolean} needsWine
 */

/** @type {Readonly<Record<string, Suite>>} */
const suites = {
  engine: {
    folders: [
      "packages/machine",
      "packages/executor",
      "packages/link",
      "packages/wire",
      "test/src/faults",
      "test/src/outlive",
      "test/src/link",
      "test/src/pty",
      "test/src/lifetimes",
    ],
    projects: ["unit*", "system"],
    limitMinutes: 60,
    needsWine: false,
  },
  platforms: {
    folders: ["test/src/foreign"],
    projects: ["system", "long"],
    limitMinutes: 8,
    needsWine: true,
  },
};
/** Where scripts/prepare-wine.mjs puts everything. */
const wineFolder = process.env.FAIRLEAD_WINE_FOLDER ?? join(root, "node_modules", ".cache", "wine");
const reportPath = join(root, "test-results-soak.json");
const summaryPath = join(root, "soak-summary.log");

await runMain(async () => {
  const { times, suite } = readArguments(process.argv.slice(2));
  await setUp();
  const lines = [];
  let failedRuns = 0;
  for (let round = 1; round <= times; round += 1) {
    const { told, isGreen } = await runOnce(suite, `soak-${process.pid}-${round}`);
    if (!isGreen) failedRuns += 1;
    lines.push(`run ${round} of ${times}: ${told}${isGreen ? "" : "  <- FAILED"}`);
    console.log(lines.at(-1));
    writeFileSync(summaryPath, `${lines.join("\n")}\n`);
  }
  console.log(`${times - failedRuns} of ${times} runs were green`);
  return failedRuns === 0 ? 0 : 1;
});

/**
 * @param {Suite} suite
 * @param {string} name of this run, which nothing else has
 */
async function runOnce({ folders, projects, limitMinutes, needsWine }, name) {
  const startedAtMs = performance.now();
  const chosen = projects.flatMap((project) => ["--project", project]);
  const machines = join(wineFolder, "runs", name);
  if (needsWine) mkdirSync(machines, { recursive: true });
  // CI: what could be had here and is missing, such as Wine, is a failure and not a suite that is left out.
  const env = needsWine ? { FAIRLEAD_WINE_RUNS: machines, CI: "true" } : {};
  const args = [...chosen, ...folders];
  const exitCode = await runVitest({ args, resultsPath: reportPath, reporter: "dot", env });
  if (wasInterrupted(exitCode)) {
    if (needsWine) await endMachines(machines);
    throw new SetupError("the soak was stopped before its end");
  }
  const minutes = (performance.now() - startedAtMs) / 60_000;
  const counts = countResults([reportPath]);
  const left = needsWine ? await leftOf(machines) : [];
  const told = [
    closingLine(counts),
    `${(minutes * 60).toFixed(0)} s`,
    ...(minutes > limitMinutes ? [`more than ${limitMinutes} minutes`] : []),
    ...(needsWine ? [`${left.length} left of Wine`] : []),
    ...left,
  ];
  const isGreen =
    exitCode === 0 &&
    counts.failed === 0 &&
    counts.passed > 0 &&
    minutes <= limitMinutes &&
    left.length === 0;
  return { told: told.join(", "), isGreen };
}

/** What is there of a run's Wine machines, which were all in one folder. @param {string} machines */
async function leftOf(machines) {
  const processes = await findLeftBehind(machines);
  const folders = existsSync(machines) ? readdirSync(machines) : [];
  if (processes.length + folders.length === 0) rmSync(machines, { recursive: true, force: true });
  return [...processes, ...folders.map((folder) => join(machines, folder))];
}

/** SIGINT or SIGTERM, as a shell counts them. @param {number} exitCode */
function wasInterrupted(exitCode) {
  return exitCode === 130 || exitCode === 143;
}

/** Wine's servers outlive who is stopped in between. @param {string} machines */
async function endMachines(machines) {
  for (const told of await endLeftBehind(machines)) console.log(`could not be ended: ${told}`);
  rmSync(machines, { recursive: true, force: true });
}

/**
 * @param {readonly string[]} given
 * @returns {{ times: number, suite: Suite }}
 */
function readArguments(given) {
  const rest = [...given];
  const take = (/** @type {string} */ flag) => {
    const at = rest.indexOf(flag);
    return at < 0 ? undefined : rest.splice(at, 2)[1];
  };
  const times = Number(take("--times") ?? 20);
  if (!Number.isInteger(times) || times < 1) throw new SetupError("--times needs a whole number from 1");
  const name = take("--suite") ?? "engine";
  const suite = Object.hasOwn(suites, name) ? suites[name] : undefined;
  if (suite === undefined)
    throw new SetupError(`There is no suite ${name}; known are ${Object.keys(suites).join(", ")}`);
  return { times, suite: rest.length === 0 ? suite : { ...suite, folders: rest } };
}
