import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** What the runner found out in one scenario. */
export interface ScenarioOutcome {
  readonly passed: number;
  /** Failed checks and warnings, in the runner's words. */
  readonly complaints: readonly string[];
  /** How many of the complaints are warnings. */
  readonly warnings: number;
  /** What a client printed; the last line is `done` if it came to its end, else why not. Empty where a server is tried. */
  readonly clientOutput: string;
}

interface Check {
  readonly id: string;
  readonly name: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  readonly description: string;
  readonly errorMessage?: string;
}

/** Reads the folder that the runner has written its results to. @returns them by the name of the scenario */
export async function readOutcomes(path: string): Promise<ReadonlyMap<string, ScenarioOutcome>> {
  const outcomes = new Map<string, ScenarioOutcome>();
  for (const folder of await resultFolders(path)) {
    // The name, and when it began.
    const name = /^(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder)?.[1];
    if (name !== undefined) outcomes.set(name, await readOutcome(join(path, folder)));
  }
  return outcomes;
}

/** A slash in a name is a folder more. */
async function resultFolders(path: string): Promise<readonly string[]> {
  const folders = await readdir(path);
  const ofLogins = folders.includes("auth") ? await readdir(join(path, "auth")) : [];
  return [...folders, ...ofLogins.map((folder) => `auth/${folder}`)];
}

async function readOutcome(folder: string): Promise<ScenarioOutcome> {
  const checks: readonly Check[] = JSON.parse(await readFile(join(folder, "checks.json"), "utf8"));
  const outputs = ["stdout.txt", "stderr.txt"].map((name) => join(folder, name)).filter(existsSync);
  const texts = await Promise.all(outputs.map((path) => readFile(path, "utf8")));
  const complaints = checks.filter(({ status }) => status === "FAILURE" || status === "WARNING");
  return {
    passed: checks.filter(({ status }) => status === "SUCCESS").length,
    complaints: complaints.map(
      ({ status, name, description, errorMessage }) => `${status} ${name}: ${errorMessage ?? description}`,
    ),
    warnings: checks.filter(({ status }) => status === "WARNING").length,
    clientOutput: texts.join(""),
  };
}
