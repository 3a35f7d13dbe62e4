// `npm test`: sets the checkout up, runs every test, and closes with `N passed, N failed, N skipped`.
// Arguments go to vitest: `npm test -- packages/core`, `npm test -- --project unit`.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { prepareForeignClients } from "./prepare-foreign-clients.mjs";
import { root, run, runMain, SetupError, setUp } from "./setup.mjs";
import { closingLine, countResults, resultsPath } from "./test-results.mjs";

await runMain(async () => {
  await setUp();
  const inCi = process.env.CI === "true";
  if (inCi || process.env.FAIRLEAD_FOREIGN_CLIENTS === "1") {
    const missing = await prepareForeignClients();
    if (missing !== undefined && inCi) throw new SetupError(missing);
    if (missing !== undefined) console.log(`Their suites are skipped: ${missing}`);
  }
  rmSync(resultsPath, { force: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${resultsPath}`];
  const exitCode = await run(process.execPath, [vitest, "run", ...reporters, ...process.argv.slice(2)]);
  const counts = countResults();
  const ranNone = counts.passed + counts.failed === 0;
  if (ranNone) console.error("error: no test ran");
  console.log(closingLine(counts));
  if (exitCode !== 0) return exitCode;
  return ranNone || counts.failed > 0 ? 1 : 0;
});
