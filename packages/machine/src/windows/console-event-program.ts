import { fileURLToPath } from "node:url";

/**
 * The built program that sends an event to consoles. From the sources as well as from the build this is the built file,
 * because Node cannot run the sources; whoever bundles this package says here where the program went.
 */
export const consoleEventProgram: string = fileURLToPath(
  new URL("../../dist/windows/console-event-main.js", import.meta.url),
);
