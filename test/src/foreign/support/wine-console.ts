import { FairleadError, type ProcessExit } from "@fairlead/core";
import { ownFolder } from "./wine-machine.js";

/** A program there that starts another with the handles of its console, which Wine gives nobody; see `test/wine`. */
export const consoleLauncher = `${ownFolder}\\console-launcher.exe`;

/** What the launcher ends with where the console never came up; it started nothing then. */
const noConsoleCode = 125;

/** About one console of a hundred does not come up on a busy machine. */
const mostTries = 5;

/** Whether the launcher found no console. */
export function hadNoConsole({ code }: ProcessExit): boolean {
  return code === noConsoleCode;
}

/** Does something with a console of Wine, and anew with another one where that never came up. @param attempt undefined then */
export async function withWineConsole<Result>(attempt: () => Promise<Result | undefined>): Promise<Result> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
    process.stderr.write("A console of Wine never came up; the program is started with another one.\n");
  }
  throw new FairleadError("unavailable", `${mostTries} consoles of Wine in a row never came up`);
}
