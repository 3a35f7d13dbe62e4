import { FairleadError } from "@fairlead/core";
import type { CommandResult } from "@fairlead/testkit";

/** Gives what a command printed. @throws FairleadError `internal`, with both outputs, if its exit code is not 0 */
export function outputOf({ code, signal, stdout, stderr }: CommandResult): string {
  if (code === 0) return stdout;
  throw new FairleadError(
    "internal",
    `Exit code ${code}, signal ${signal}\n${stdout}\n--- stderr\n${stderr}`,
  );
}
