import { fileURLToPath } from "node:url";

/**
 * The built program that watches an owner. From the sources as well as from the build this is the built file, because Node
 * cannot run the sources; whoever bundles this package says here where the program went.
 */
export const watchdogProgram: string = fileURLToPath(
  new URL("../../dist/trees/watchdog-main.js", import.meta.url),
);
