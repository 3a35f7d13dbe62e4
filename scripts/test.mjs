// `npm test`: sets the checkout up, runs every test, and closes with `N passed, N failed, N skipped`.
// Arguments go to vitest: `npm test -- packages/core`, `npm test -- --project 'unit*'`.
// `--long` runs the long suite instead: `npm run test:long`.
import { prepareForeignClients } from "./prepare-foreign-clients.mjs";
import { runVitestTwice } from "./run-vitest.mjs";
import { runMain, SetupError, setUp } from "./setup.mjs";
import { closingLine, countResults, resultsPaths } from "./test-results.mjs";

const usualProjects = ["--project", "unit*", "--project", "system"];
const longProjects = ["--project", "long"];

await runMain(async () => {
  const isLong = process.argv.includes("--long");
  const given = process.argv.slice(2).filter((argument) => argument !== "--long");
  await setUp();
  if (!isLong) await offerForeignClients();
  const resultsPath = isLong ? resultsPaths.long : resultsPaths.usual;
  const hasProject = given.some((argument) => argument.startsWith("--project"));
  const projects = isLong ? longProjects : hasProject ? [] : usualProjects;
  const exitCode = await runVitestTwice({ args: projects, filters: given, resultsPath });
  const counts = countResults([resultsPath]);
  const ranNone = counts.passed + counts.failed === 0;
  if (ranNone) console.error("error: no test ran");
  console.log(closingLine(counts));
  if (exitCode !== 0) return exitCode;
  return ranNone || counts.failed > 0 ? 1 : 0;
});

async function offerForeignClients() {
  const inCi = process.env.CI === "true";
  if (!inCi && process.env.FAIRLEAD_FOREIGN_CLIENTS !== "1") return;
  const missing = await prepareForeignClients();
  if (missing !== undefined && inCi) throw new SetupError(missing);
  if (missing !== undefined) console.log(`Their suites are skipped: ${missing}`);
}
