import { runWatchdog } from "./run-watchdog.js";

// The program of the helper process that an owner of trees keeps beside it; see watchdog.ts.
await runWatchdog();
