import { rm } from "node:fs/promises";
import { FairleadError, shellLine } from "@fairlead/core";
import type { Terminal } from "../../output/terminal.js";
import { findHome } from "../../runtime/home.js";
import { describeLaunch, findSystem, ownSurroundings, type PlanSurroundings } from "./plan-service.js";
import { askManager, checkManager, runSteps } from "./run-steps.js";
import { lookAtService, type ServiceStatus } from "./service-status.js";
import type { ServiceLaunch, ServiceSystem } from "./service-system.js";
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
 * What the system still runs after its file was removed by hand is stopped too.
 * @param around for tests. @default those of this process
 * @throws FairleadError `not_found` where nothing is installed, or that of another state folder, `already_exists` for a file that is not ours as it is
 */
export async function uninstallService(
  flags: UninstallFlags,
  terminal: Terminal,
  around: PlanSurroundings = ownSurroundings(),
): Promise<void> {
  const system = findSystem(around.platform);
  const named = flags.stateDir === undefined ? around.env : { FAIRLEAD_HOME: flags.stateDir };
  const launch = describeLaunch(await findHome(named), around, []);
  const status = await lookAtService(system, launch);
  const { file } = status;
  if (flags.force !== true) refuseOther(status, launch);
  if (!isLeftover(status, system)) refuse(status, flags.force === true);
  const steps = [...system.stop(launch), ...system.afterwards(launch)];
  if (flags.dryRun === true) {
    const commands = steps.map(({ command }) => shellLine(command, system.kind === "task"));
    if (flags.json === true) terminal.printJson({ system: system.kind, file, commands });
    else for (const line of [`Removes ${file}`, ...commands]) terminal.print(line);
    return;
  }
  await checkManager(system, launch);
  await runSteps(system.stop(launch), launch);
  if (system.kind === "task") await checkForgotten(system, launch);
  await untilEnded(status.executor, system);
  await rm(file, { force: true });
  await runSteps(system.afterwards(launch), launch);
  if (flags.json === true) terminal.printJson({ system: system.kind, file, removed: true });
  else {
    terminal.print(`Removed ${nameRemoved(status)}`);
  }
}

/**
 * Of a task that is not there nothing can be removed, and that is no failure; one that is still there would start again.
 * @throws FairleadError `unavailable`, with what the system says to it
 */
async function checkForgotten(system: ServiceSystem, launch: ServiceLaunch): Promise<void> {
  if ((await askManager(system, launch)) === undefined) return;
  const last = system.stop(launch).at(-1);
  if (last !== undefined) await runSteps([{ command: last.command }], launch);
}

function nameRemoved({ file, owner, otherStateDir }: ServiceStatus): string {
  if (otherStateDir !== undefined) return `the service of ${otherStateDir}`;
  return owner === undefined ? `the service, whose file ${file} was gone` : file;
}

/** launchd keeps an agent, and Windows a task, when the file is gone that it was made from. */
function isLeftover({ owner, manager }: ServiceStatus, { kind }: ServiceSystem): boolean {
  return kind !== "systemd" && owner === undefined && manager !== undefined && manager.isForeign !== true;
}

/** The steps would remove the service of another state folder, and leave its file and its executor. */
function refuseOther({ otherStateDir }: ServiceStatus, { stateDir }: ServiceLaunch): void {
  if (otherStateDir === undefined) return;
  const command = shellLine(["fairlead-executor", "uninstall", "--state-dir", otherStateDir], true);
  throw new FairleadError(
    "not_found",
    `The service of this user is that of the state folder ${otherStateDir}, not of ${stateDir}. To remove it: ${command}`,
    { effect: "none", details: { path: otherStateDir } },
  );
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
