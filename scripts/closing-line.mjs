// Prints what failed in the last test runs, taken together, and their closing line: a CI log ends with other checks.
import {
  closingLine,
  countResults,
  describeFailures,
  describeSecondChances,
  resultsPaths,
} from "./test-results.mjs";

const paths = Object.values(resultsPaths);
for (const line of describeSecondChances(paths)) console.log(line);
for (const line of describeFailures(paths)) console.log(line);
console.log(closingLine(countResults(paths)));
