import { existsSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { FairleadError, shellLine } from "@fairlead/core";
import { isTemporary, toRealpath } from "../../clients/stable-paths.js";
import type { Terminal } from "../../output/terminal.js";
import type { ExecutorPlace } from "../executor-place.js";
import { type InstalledFile, readServiceFile, writeServiceFile } from "./installed-service.js";
import { versionManagerOf } from "./node-home.js";
import { ownSurroundings, planService, type ServicePlan } from "./plan-service.js";
import { askManager, checkManager, runSteps } from "./run-steps.js";
import { lookAtService, type ServiceStatus } from "./service-status.js";
import type { ServiceStep } from "./service-system.js";
import { stepsBefore, undoInstall } from "./undo-install.js";
import { untilEnded } from "./until-ended.js";

/** The flags of `fairlead-executor install`. */
export interface InstallFlags extends Omit<ExecutorPlace, "tokenEnv"> {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Starting takes a second; a machine that has just come up may be slow. */
const startPatienceMs = 20_000;
const lookEveryMs = 200;

/**
 * Installs the executor as a service of this user and starts it. Doing it again with the same flags changes nothing.
 * @throws FairleadError `usage` for flags that `serve` refuses, `already_exists` for a file that is not ours as it is,
 * `unavailable` where the system cannot run services, or the executor does not come up
 */
export async function installService(flags: InstallFlags, terminal: Terminal): Promise<void> {
  const plan = await planService(flags, ownSurroundings());
  const { system, launch, file } = plan;
  const before = await readServiceFile(system, file);
  const isNew = before?.text !== plan.text;
  const ending = isNew ? stepsBefore(plan, before) : [];
  const starting = system.start(launch, isNew);
  if (flags.dryRun === true) return showPlan(plan, [...ending, ...starting], { flags, terminal });
  if (isNew && flags.force !== true) refuseOthers(file, before);
  await checkManager(system, launch);
  if (isNew && flags.force !== true) await refuseForeign(plan);
  try {
    if (ending.length > 0) {
      const { executor } = await lookAtService(system, launch);
      await runSteps(ending, launch);
      await untilEnded(executor, system);
    }
    if (isNew) await writeServiceFile(system, file, plan.text);
    await makeLog(system.logFile(launch));
    await runSteps(starting, launch);
  } catch (error) {
    throw isNew ? await undoInstall(plan, before, error) : error;
  }
  const status = await untilRunning(plan);
  tell(plan, status, { flags, terminal, isNew });
}

/** launchd makes the log where it is missing, readable by everybody. @param file undefined: the system keeps its own */
async function makeLog(file: string | undefined): Promise<void> {
  if (file !== undefined) await appendFile(file, "", { mode: 0o600 });
}

function refuseOthers(file: string, before: InstalledFile | undefined): void {
  if (before === undefined || before.owner === "own") return;
  const what =
    before.owner === "foreign"
      ? "was not written by fairlead-executor install"
      : "was changed since fairlead-executor install wrote it";
  throw new FairleadError(
    "already_exists",
    `${file} ${what}, so it is left as it is. Move it away, or give --force to replace it.`,
    { reason: "file_exists", effect: "none", details: { path: file } },
  );
}

async function refuseForeign({ system, launch }: ServicePlan): Promise<void> {
  const manager = await askManager(system, launch);
  if (manager?.isForeign !== true) return;
  throw new FairleadError(
    "already_exists",
    `${system.title} has another entry of this name (${system.query(launch).join(" ")}), so it is left as it is. Remove it, or give --force to replace it.`,
    { reason: "file_exists", effect: "none" },
  );
}

/** The system says that it has started a program, and only the program itself that it is ready. */
async function untilRunning({ system, launch }: ServicePlan): Promise<ServiceStatus> {
  const giveUpAtMs = performance.now() + startPatienceMs;
  for (;;) {
    const status = await lookAtService(system, launch);
    if (status.executor !== undefined) return status;
    if (status.manager?.hasFailed === true || performance.now() > giveUpAtMs) {
      const state = status.manager?.state ?? "unknown";
      throw new FairleadError(
        "unavailable",
        `The executor is installed (${status.file}) but does not run; ${system.title} calls it ${state}. Why: ${system.logCommand(launch)}`,
        { effect: "unknown", details: { path: status.file, state } },
      );
    }
    await pause(lookEveryMs);
  }
}

interface Telling {
  readonly flags: InstallFlags;
  readonly terminal: Terminal;
}

function showPlan(plan: ServicePlan, steps: readonly ServiceStep[], { flags, terminal }: Telling): void {
  const commands = steps.map(({ command }) => shellLine(command, plan.system.kind === "task"));
  const { file, text } = plan;
  if (flags.json === true) {
    terminal.printJson({ system: plan.system.kind, file, content: text, commands });
    return;
  }
  terminal.print(`${file}:\n\n${text}`);
  for (const command of commands) terminal.print(command);
}

function tell(
  plan: ServicePlan,
  status: ServiceStatus,
  context: Telling & { readonly isNew: boolean },
): void {
  const { flags, terminal, isNew } = context;
  const { file, system, launch } = plan;
  const { address = "", pid, tokenFile } = status.executor ?? {};
  if (flags.json === true) {
    const token = tokenFile === undefined ? {} : { tokenFile };
    terminal.printJson({ system: system.kind, file, changed: isNew, address, pid, ...token });
  } else {
    terminal.print(`${isNew ? "Installed" : "Already installed:"} ${file}`);
    terminal.print(`Listening on ${address}`);
    if (tokenFile !== undefined) terminal.print(`Hosts need the token in ${tokenFile}`);
  }
  for (const hint of hintsOf(launch.argv, plan)) terminal.tell(hint);
}

function hintsOf(
  [node = "", script = ""]: readonly string[],
  { system, launch }: ServicePlan,
): readonly string[] {
  const isAtRisk = isTemporary(toRealpath(script) ?? script, toRealpath(tmpdir()) ?? tmpdir());
  const manager = versionManagerOf(node);
  const lingers = existsSync(`/var/lib/systemd/linger/${launch.userName}`);
  return [
    ...(manager === undefined
      ? []
      : [
          `It runs with ${node}, which belongs to ${manager}: when that version goes, type fairlead-executor install again`,
        ]),
    ...(isAtRisk
      ? [`It runs ${script}, which lies among temporary files: when that goes, it does not start again`]
      : []),
    ...(system.kind === "systemd" && !lingers
      ? [`It ends when you log out. To let it run on: loginctl enable-linger ${shellLine([launch.userName])}`]
      : []),
    ...(system.kind === "task"
      ? ["It runs while you are logged on to Windows, and starts when you log on."]
      : []),
  ];
}
