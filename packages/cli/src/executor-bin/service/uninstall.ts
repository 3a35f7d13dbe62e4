import { rm } from "node:fs/promises";
import { FairleadError, shellLine } from "@fairlead/core";
import type { Terminal } from "../../output/terminal.js";
import { findHome } from "../../runtime/home.js";
import { describeLaunch, findSystem, ownSurroundings } from "./plan-service.js";
import { checkManager, runSteps } from "./run-steps.js";
import { lookAtService, type ServiceStatus } from "./service-status.js";
import { untilEnded } from "./until-ended.js";

/** The flags of `fairlead-executor uninstall`. */
export interface UninstallFlags {
  readonly stateDir?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/**
 * Stops the service of this user and removes what `install` wrote, and nothing else: tokens, logs and settings stay.
 * @throws FairleadError `not_found` where nothing is installed, `already_exists` for a file that is not ours as it is
 */
export async function uninstallService(flags: UninstallFlags, terminal: Terminal): Promise<void> {
  const around = ownSurroundings();
  const system = findSystem(around.platform);
  const named = flags.stateDir === undefined ? around.env : { FAIRLEAD_HOME: flags.stateDir };
  const launch = describeLaunch(await findHome(named), around, []);
  const status = await lookAtService(system, launch);
  const { file } = status;
  refuse(status, flags.force === true);
  const steps = [...system.stop(launch), ...system.afterwards(launch)];
  if (flags.dryRun === true) {
    const commands = steps.map(({ command }) => shellLine(command, system.kind === "task"));
    if (flags.json === true) terminal.printJson({ system: system.kind, file, commands });
    else for (const line of [`Removes ${file}`, ...commands]) terminal.print(line);
    return;
  }
  await checkManager(system, launch);
  await runSteps(system.stop(launch), launch);
  await untilEnded(status.executor, system);
  await rm(file, { force: true });
  await runSteps(system.afterwards(launch), launch);
  if (flags.json === true) terminal.printJson({ system: system.kind, file, removed: true });
  else terminal.print(`Removed ${file}`);
}

function refuse({ file, owner }: ServiceStatus, isForced: boolean): void {
  if (owner === "own" || (owner === "changed" && isForced)) return;
  if (owner === undefined) {
    throw new FairleadError("not_found", `The executor is not installed as a service (there is no ${file})`, {
      effect: "none",
      details: { path: file },
    });
  }
  const what =
    owner === "foreign"
      ? "was not written by fairlead-executor install, so it is not removed either"
      : "was changed since it was written. Give --force to remove it all the same";
  throw new FairleadError("already_exists", `${file} ${what}.`, {
    reason: "file_exists",
    effect: "none",
    details: { path: file },
  });
}
