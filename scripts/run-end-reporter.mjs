// Notes at the end of a run what no test is to blame for, which vitest's JSON report leaves out: errors that nobody handled, and
// files that did not come to their end.
import { writeFileSync } from "node:fs";

/** The variable that says where the note goes. */
export const runEndVariable = "FAIRLEAD_RUN_END";

/** A reporter of vitest. */
// oxlint-disable-next-line import/no-default-export -- By it vitest finds a reporter.
export default class RunEndReporter {
  /**
   * @param {readonly { state(): string }[]} files
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(files, unhandledErrors) {
    const path = process.env[runEndVariable];
    if (path === undefined) return;
    const unfinished = files.filter((file) => !["passed", "failed", "skipped"].includes(file.state()));
    writeFileSync(path, JSON.stringify({ strayCount: unhandledErrors.length + unfinished.length }));
  }
}
