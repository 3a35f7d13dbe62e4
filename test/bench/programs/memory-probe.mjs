// Loaded into a Node program with --import: on SIGUSR2 it collects garbage and writes its memory use to a file.
import { renameSync, writeFileSync } from "node:fs";

const file = process.env.BENCH_MEMORY_FILE;
let count = 0;

process.on("SIGUSR2", () => {
  globalThis.gc();
  count += 1;
  writeFileSync(`${file}.tmp`, JSON.stringify({ count, ...process.memoryUsage() }));
  renameSync(`${file}.tmp`, file);
});
