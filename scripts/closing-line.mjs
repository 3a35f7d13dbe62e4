// Prints the closing line of the last test runs, taken together, for a CI log that ends with other checks.
import { closingLine, countResults, resultsPaths } from "./test-results.mjs";

console.log(closingLine(countResults(Object.values(resultsPaths))));
