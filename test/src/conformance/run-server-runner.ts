import { createTempFolder, runCommand } from "@fairlead/testkit";
import { readOutcomes, type ScenarioOutcome } from "./read-outcomes.js";
import { type Revision, runnerPath } from "./requirement-set.js";

/** All scenarios take a few seconds, one after the other; the rest is for machines with other work. */
const scenarioTimeoutMs = 20_000;
const runnerTimeoutMs = 100_000;

/** One run of the runner against a server. */
export interface ServerRun {
  /** The Node that it runs under. */
  readonly node: string;
  readonly revision: Revision;
  /** The endpoint; it cannot send credentials. */
  readonly url: string;
}

/**
 * Lets the official runner try a server in every scenario of a revision.
 * @returns what it found, by the name of the scenario, those included that the revision does not score
 */
export async function runServerRunner(run: ServerRun): Promise<ReadonlyMap<string, ScenarioOutcome>> {
  await using results = await createTempFolder("conformance-");
  const options = {
    "--requirements": run.revision,
    "--url": run.url,
    "--output-dir": results.path,
    "--timeout": String(scenarioTimeoutMs),
  };
  // Its exit code tells less than its files.
  await runCommand([run.node, runnerPath, "server", ...Object.entries(options).flat()], {
    cwd: results.path,
    timeoutMs: runnerTimeoutMs,
  });
  const outcomes = await readOutcomes(results.path);
  return new Map(Array.from(outcomes, ([name, outcome]) => [name.replace(/^server-/, ""), outcome]));
}
