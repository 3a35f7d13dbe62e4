import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { FairleadError, toFairleadError } from "@fairlead/core";
import { type InstalledFile, writeServiceFile } from "./installed-service.js";
import type { ServicePlan } from "./plan-service.js";
import { runSteps } from "./run-steps.js";
import type { ServiceStep } from "./service-system.js";

/**
 * What ends an older service before a new file is written. launchd keeps what it has loaded when its file is removed by
 * hand, and then loads no other; so it is always asked.
 */
export function stepsBefore(
  { system, launch }: Pick<ServicePlan, "system" | "launch">,
  before: InstalledFile | undefined,
): readonly ServiceStep[] {
  return before !== undefined || system.kind === "launchd" ? system.end(launch) : [];
}

/**
 * Undoes an install that failed half-way: what is new is removed from disk and from the memory of the system, and what was
 * there before is written and started again. Its own failures are told, not thrown.
 * @returns the failure, with what came of it
 */
export async function undoInstall(
  plan: ServicePlan,
  before: InstalledFile | undefined,
  thrown: unknown,
): Promise<FairleadError> {
  const error = toFairleadError(thrown);
  const outcome = before === undefined ? await removeNew(plan) : await putBack(plan, before);
  if (outcome === undefined) return error;
  const reason = error.reason === undefined ? {} : { reason: error.reason };
  return new FairleadError(error.code, `${error.message.replace(/\.$/, "")}. ${outcome}`, {
    ...reason,
    cause: error,
    effect: error.effect,
    details: error.details,
  });
}

async function removeNew({ system, launch, file }: ServicePlan): Promise<string | undefined> {
  // Nothing was written yet, so nothing of ours can be known to the system.
  if (!existsSync(file)) return undefined;
  // While the file is there: some systems find what belongs to it by what it says.
  await runAnyway(system.stop(launch), launch);
  try {
    await rm(file, { force: true });
  } catch (cause) {
    return `${file} is left: ${toFairleadError(cause).message}`;
  }
  await runAnyway(system.afterwards(launch), launch);
  return undefined;
}

async function putBack({ system, launch, file }: ServicePlan, before: InstalledFile): Promise<string> {
  try {
    await writeServiceFile(system, file, before.text);
  } catch (cause) {
    return `${file} could not be put back as it was: ${toFairleadError(cause).message}`;
  }
  if (before.owner === "foreign") {
    await runAnyway([...system.end(launch), ...system.afterwards(launch)], launch);
    return `${file} is as it was before, but was not started again`;
  }
  try {
    await runSteps([...system.end(launch), ...system.start(launch, true)], launch);
    return `${file} is as it was before, and was started again`;
  } catch (cause) {
    return `${file} is as it was before, but does not start: ${toFairleadError(cause).message}`;
  }
}

async function runAnyway(steps: readonly ServiceStep[], launch: ServicePlan["launch"]): Promise<void> {
  for (const { command } of steps) await runSteps([{ command, mayFail: true }], launch).catch(() => {});
}
