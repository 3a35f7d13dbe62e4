import { errorTable, shellLine } from "@fairlead/core";
import type { Terminal } from "../../output/terminal.js";
import { formatDuration } from "../../output/units.js";
import { findHome } from "../../runtime/home.js";
import { describeLaunch, findSystem, ownSurroundings } from "./plan-service.js";
import { lookAtService, type ServiceStatus } from "./service-status.js";
import type { ServiceLaunch, ServiceSystem } from "./service-system.js";

/** The flags of `fairlead-executor status`. */
export interface StatusFlags {
  readonly stateDir?: string;
  readonly json?: boolean;
}

/**
 * Prints whether the installed executor runs, since when, and where it listens. The exit code says it too: 0 it runs, 4 it
 * does not, 5 it is not installed.
 */
export async function showStatus(flags: StatusFlags, terminal: Terminal): Promise<void> {
  const around = ownSurroundings();
  const system = findSystem(around.platform);
  const named = flags.stateDir === undefined ? around.env : { FAIRLEAD_HOME: flags.stateDir };
  const launch = describeLaunch(await findHome(named), around, []);
  const status = await lookAtService(system, launch);
  if (flags.json === true) terminal.printJson(asJson(system, status, launch));
  else for (const line of describeStatus(status, system, launch)) terminal.print(line);
  if (status.executor !== undefined) return;
  process.exitCode = errorTable[status.owner === undefined ? "not_found" : "unavailable"].exit;
}

function asJson(system: ServiceSystem, status: ServiceStatus, launch: ServiceLaunch): object {
  const logFile = system.logFile(installed(status, launch));
  const { file, owner, argv, missing, manager, executor } = status;
  return {
    system: system.kind,
    installed: owner !== undefined,
    file,
    ...(owner === undefined ? {} : { owner, argv, missing, ...(logFile === undefined ? {} : { logFile }) }),
    running: executor !== undefined,
    ...(manager === undefined ? {} : { state: manager.state }),
    ...(executor === undefined
      ? {}
      : {
          pid: executor.pid,
          startedAt: new Date(executor.startedAtMs).toISOString(),
          address: executor.address,
          ...(executor.tokenFile === undefined ? {} : { tokenFile: executor.tokenFile }),
        }),
  };
}

/** What is told of a service, line by line. @param launch of the state folder that was asked for */
export function describeStatus(
  status: ServiceStatus,
  system: ServiceSystem,
  launch: ServiceLaunch,
): readonly string[] {
  const { file, owner, missing, manager, executor } = status;
  if (owner === undefined) return ["Not installed. To install it: fairlead-executor install"];
  const whose = { own: "", changed: " (changed by hand)", foreign: " (not written by us)" }[owner];
  const lines = [`Installed in ${file}${whose}`];
  if (executor === undefined) {
    const state =
      manager === undefined ? `${system.title} does not know it` : `${system.title}: ${manager.state}`;
    const start = system.start(launch, false).at(-1);
    lines.push(`Not running (${state})`);
    if (start !== undefined) lines.push(`To start it: ${shellLine(start.command, system.kind === "task")}`);
    lines.push(`Its last words: ${system.logCommand(installed(status, launch))}`);
  } else {
    const since = new Date(executor.startedAtMs);
    const age = formatDuration(Date.now() - executor.startedAtMs);
    lines.push(`Running for ${age}, since ${since.toISOString()} (process ${executor.pid})`);
    lines.push(`Listening on ${executor.address}`);
    if (executor.tokenFile !== undefined) lines.push(`Hosts need the token in ${executor.tokenFile}`);
    const log = system.logFile(installed(status, launch));
    if (log !== undefined) lines.push(`What it says is in ${log}`);
  }
  for (const path of missing) {
    lines.push(`${path} is gone, so it will not start again. Type: fairlead-executor install`);
  }
  return lines;
}

/** What is installed may have another state folder than the one that was asked for, and its log lies there. */
function installed({ argv, stateDir }: ServiceStatus, launch: ServiceLaunch): ServiceLaunch {
  return { ...launch, argv, stateDir };
}
