// Runs the benchmarks of this folder, prints their tables and writes the raw numbers. After a build:
//   node test/bench/run.mjs [NAME…] [--rounds N] [--quick] [--exact-only] [--out FILE] [--profile FOLDER]
// Exit code 1 if something is twice as far off as its aim allows (with --exact-only: if anything was lost, doubled, changed
// or left behind), 2 if the command line is wrong.
import { readdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { resolve } from "node:path";
import { isFailure } from "./lib/aims.mjs";
import { readArguments } from "./lib/arguments.mjs";
import { createContext } from "./lib/context.mjs";
import { formatResult } from "./lib/table.mjs";

const own = "run.mjs";
const signals = { SIGINT: 2, SIGTERM: 15 };
const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".mjs") && file !== own)
  .map((file) => file.slice(0, -".mjs".length));

let wanted;
try {
  wanted = readArguments(process.argv.slice(2), known);
} catch (error) {
  console.error(error.message);
  process.exit(2);
}

const results = {};
for (const name of wanted.names) {
  try {
    results[name] = await runOne(name);
    console.log(formatResult(name, results[name]).join("\n"));
    if (results[name].aims.some((outcome) => isFailure(outcome, wanted.exactOnly))) process.exitCode = 1;
  } catch (error) {
    results[name] = { error: error.stack };
    console.log(`\n${name}: broken\n  ${error.stack}`);
    process.exitCode = 1;
  }
}
const machine = { cpus: cpus().length, memoryBytes: totalmem(), node: process.version, os: process.platform };
const { options } = wanted;
writeFileSync(
  resolve(wanted.out),
  `${JSON.stringify({ at: new Date().toISOString(), machine, options, results }, undefined, 1)}\n`,
);
console.log(`\nRaw numbers of every round: ${wanted.out}`);

async function runOne(name) {
  const { run } = await import(`./${name}.mjs`);
  const context = await createContext(name, wanted.options);
  const interrupt = (signal) => void context.close().finally(() => process.exit(128 + signals[signal]));
  for (const signal of Object.keys(signals)) process.once(signal, interrupt);
  try {
    return await run(context);
  } finally {
    for (const signal of Object.keys(signals)) process.off(signal, interrupt);
    await context.close();
  }
}
