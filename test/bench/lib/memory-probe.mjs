import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { waitUntil } from "@fairlead/testkit";

const probeUrl = new URL("../programs/memory-probe.mjs", import.meta.url);

/** Flags and environment that let a Node program be asked for its memory use. */
export function memoryProbe(context, name) {
  const file = context.file(`${name}.memory`);
  let count = 0;
  return {
    nodeFlags: ["--expose-gc", "--import", fileURLToPath(probeUrl)],
    env: { BENCH_MEMORY_FILE: file },
    /** Collects garbage in the process, then reads. @returns `rss` and `heapUsed` in bytes, among others */
    read: async (pid) => {
      count += 1;
      process.kill(pid, "SIGUSR2");
      let told = { count: 0 };
      const isNew = async () => {
        told = await readFile(file, "utf8").then(JSON.parse, () => told);
        return told.count === count;
      };
      await waitUntil(isNew, { withinMs: 10_000, what: () => `The memory use of process ${pid}` });
      return told;
    },
  };
}
