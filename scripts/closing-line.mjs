// Prints the closing line of the last test run once more, for a CI log that ends with other checks.
import { closingLine, countResults } from "./test-results.mjs";

console.log(closingLine(countResults()));
