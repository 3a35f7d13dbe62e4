import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createMarker, processesWithMarker, waitUntil } from "@fairlead/testkit";
import { holdAgainst } from "./lib/aims.mjs";
import { startDriver } from "./lib/driver-process.mjs";
import { startExecutor } from "./lib/executor.mjs";
import { interleave } from "./lib/rounds.mjs";

const treeProgram = fileURLToPath(new URL("programs/tree.sh", import.meta.url));
/** The end of a process takes a moment to be seen; what outlives this is not about to end. */
const lateMs = 250;
const sizes = [1, 10, 50];
const ways = { fairlead: "fairlead", "tree-kill": "tree-kill", sdk: "SDK close()" };

/** How long it takes to end a tree of processes, and who is left. */
export async function run(context) {
  if (process.platform !== "linux") return skipped();
  const executor = await startExecutor(context, "executor", { listen: "unix" });
  const contestants = [];
  for (const how of Object.keys(ways)) {
    const driver = await startDriver(context, how);
    for (const kind of ["cooperative", "stubborn"]) {
      for (const size of sizes) {
        contestants.push({ name: nameOf(how, kind, size), how, kind, size, driver, target: executor.target });
      }
    }
  }
  const figures = await interleave(context, contestants, endTree, { warmUp: false });
  return {
    title: "ending trees of 1, 10 and 50 processes; pauses of 2 s each where needed",
    columns: [
      { head: "ms", figure: "durationMs", digits: 0 },
      { head: "left", figure: "left", digits: 0 },
      { head: "survivors", figure: "survivors", digits: 0 },
    ],
    figures,
    aims: aimsOf(figures),
    notes: [
      `Left: alive when a way of ending says that it is done. Survivors: still alive ${lateMs} ms later. ` +
        "Both are counted through /proc.",
    ],
  };
}

async function endTree({ how, kind, size, driver, target }) {
  const marker = createMarker();
  const argv = ["sh", treeProgram, kind, String(size)];
  await driver.call("startTree", { how, target, argv, env: { BENCH_MARKER: marker } });
  const isComplete = () => treeOf(marker).length === size;
  await waitUntil(isComplete, {
    withinMs: 20_000,
    what: () => `A tree of ${size} (now ${treeOf(marker).length})`,
  });
  const durationMs = await driver.call("endTree");
  const left = treeOf(marker).length;
  if (left > 0) await pause(lateMs);
  const survivors = treeOf(marker);
  for (const { pid } of survivors) process.kill(pid, "SIGKILL");
  return { durationMs, left, survivors: survivors.length };
}

/** The processes of a tree; a copy of the shell that has not become its program yet is not one of them. */
function treeOf(marker) {
  return processesWithMarker(marker).filter(({ cmdline }) => cmdline.length > 0);
}

function nameOf(how, kind, size) {
  return `${ways[how]}, ${kind}, ${size}`;
}

function aimsOf(figures) {
  const own = Object.entries(figures).filter(([name]) => name.startsWith(`${ways.fairlead},`));
  const worstLeft = Math.max(...own.flatMap(([, { left }]) => left));
  return [
    holdAgainst("left of all trees", { better: "lower", aim: 0, unit: "", values: [worstLeft] }),
    ...sizes.map((size) =>
      holdAgainst(`a cooperative tree of ${size}`, {
        better: "lower",
        aim: 100,
        unit: "ms",
        values: figures[nameOf("fairlead", "cooperative", size)].durationMs,
      }),
    ),
  ];
}

function skipped() {
  return { title: "skipped: processes are counted through Linux's /proc", aims: [] };
}
