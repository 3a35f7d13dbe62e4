import { errorTable, toFairleadError } from "@fairlead/core";
import { createNarrator } from "./narrator.js";
import { quickstart } from "./quickstart.js";

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const interrupted = new AbortController();
// The second one ends us at once, as it does everywhere.
process.once("SIGINT", () => interrupted.abort());
process.once("SIGTERM", () => interrupted.abort());

try {
  await quickstart(createNarrator(print, interrupted.signal));
} catch (thrown) {
  const error = toFairleadError(thrown);
  process.stderr.write(`error: the quickstart failed: ${error.message}\n`);
  process.exitCode = errorTable[error.code].exit;
}
