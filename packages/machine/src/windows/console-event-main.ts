import { runConsoleEvent } from "./run-console-event.js";

// The short-lived helper that sends an event to the consoles of other processes; see console-event.ts.
await runConsoleEvent(process.argv.slice(2));
