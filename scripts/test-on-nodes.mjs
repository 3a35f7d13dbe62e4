// Runs the part of the tests that depends on Node most under the newer Nodes that we say we run on: what starts, drives and ends
// processes, the line between host and executor, HTTP and streams, and the commands.
//   node scripts/test-on-nodes.mjs [FOLDER…]     other folders instead
import { readFileSync } from "node:fs";
import { prepareTools } from "./prepare-packaging.mjs";
import { runVitestTwice } from "./run-vitest.mjs";
import { runMain, setUp } from "./setup.mjs";
import { closingLine, countResults, resultsPaths } from "./test-results.mjs";

const majors = [22, 24];
const folders = [
  "packages/core/",
  "packages/machine/",
  "packages/executor/",
  "packages/link/",
  "packages/wire/",
  "packages/mcp/",
  "packages/cli/",
  "test/src/link/",
  "test/src/pty/",
  "test/src/programs/",
];

await runMain(async () => {
  await setUp();
  const { listPath, missing } = await prepareTools("nodes");
  if (missing !== undefined) {
    console.log(`left out: ${missing}`);
    return process.env.CI === "true" ? 1 : 0;
  }
  const { paths } = JSON.parse(readFileSync(listPath, "utf8"));
  const given = process.argv.slice(2);
  let exitCode = 0;
  for (const major of majors) {
    const resultsPath = resultsPaths[`node${major}`];
    console.log(`Node ${major}`);
    const options = { node: paths[major], reporter: "dot", resultsPath };
    const args = ["--project", "unit*", "--project", "system"];
    const ended = await runVitestTwice({ ...options, args, filters: given.length > 0 ? given : folders });
    exitCode ||= ended;
    console.log(closingLine(countResults([resultsPath])));
  }
  return exitCode;
});
