import { fileURLToPath } from "node:url";

/**
 * The built program that asks the system's keyring; Node runs it. From the sources as well as from the build this is the
 * built file, because Node cannot run the sources; whoever bundles this package says here where the program went.
 */
export const keyringHelperProgram: string = fileURLToPath(
  new URL("../../dist/keyring/keyring-helper-main.js", import.meta.url),
);
