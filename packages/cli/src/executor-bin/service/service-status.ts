import { stat } from "node:fs/promises";
import { resolve, win32 } from "node:path";
import { logFlag } from "../executor-log.js";
import type { ExecutorNote } from "../executor-note.js";
import { defaultListen } from "../executor-place.js";
import { findExecutors } from "../find-executors.js";
import { readServiceFile } from "./installed-service.js";
import type { FileOwner } from "./own-mark.js";
import { askManager } from "./run-steps.js";
import type { ManagerAnswer, ServiceLaunch, ServiceSystem } from "./service-system.js";

/** How an installed executor is doing. */
export interface ServiceStatus {
  readonly file: string;
  /** Whose the file is; undefined if it is not there. */
  readonly owner: FileOwner | undefined;
  /** What the file says is run; where it is gone, what the system says. */
  readonly argv: readonly string[];
  /** The state folder of what is run. */
  readonly stateDir: string;
  /** The state folder of the one service that the system has for this user; undefined where that is the one asked for. */
  readonly otherStateDir: string | undefined;
  /** Programs and files of {@link argv} that are not there any more. */
  readonly missing: readonly string[];
  /** What the system says of the service; undefined if it knows none, or cannot be asked. */
  readonly manager: ManagerAnswer | undefined;
  /** The executor that runs; undefined if none does. */
  readonly executor: ExecutorNote | undefined;
}

/** Looks at the service of this user. */
export async function lookAtService(system: ServiceSystem, launch: ServiceLaunch): Promise<ServiceStatus> {
  const file = system.file(launch);
  const found = await readServiceFile(system, file);
  const manager = await askManager(system, launch);
  const argv = (found === undefined ? manager?.argv : system.readArgv(found.text)) ?? [];
  const otherStateDir = manager?.argv === undefined ? undefined : otherFolder(manager.argv, launch);
  const ownStateDir = flagOf(argv, "--state-dir") ?? launch.stateDir;
  const stateDir = found === undefined ? (otherStateDir ?? launch.stateDir) : ownStateDir;
  const running = await findExecutors(stateDir);
  const [node, script] = argv;
  const named = [node, script, flagOf(argv, "--tls-cert"), flagOf(argv, "--tls-key")];
  return {
    file,
    owner: found?.owner,
    argv,
    stateDir,
    otherStateDir,
    missing: await missingOf(named.filter((path) => path !== undefined)),
    manager,
    executor: running.find((one) =>
      isOfService(one, manager, flagOf(argv, "--listen") ?? defaultListen(stateDir)),
    ),
  };
}

/** Where the system tells no number, as on Windows, the address is what it is known by. */
function isOfService(
  { pid, listen }: ExecutorNote,
  manager: ManagerAnswer | undefined,
  wanted: string,
): boolean {
  if (manager?.pid !== undefined) return pid === manager.pid;
  return manager?.state === "registered" && listen === wanted;
}

/** Windows has one task for a user, whose file lies in its state folder; so it always names that, if only for its log. */
function otherFolder(argv: readonly string[], { stateDir }: ServiceLaunch): string | undefined {
  const log = flagOf(argv, logFlag);
  const named = flagOf(argv, "--state-dir") ?? (log === undefined ? undefined : win32.dirname(log));
  return named === undefined || comparable(named) === comparable(stateDir) ? undefined : named;
}

/** What is not ASCII is lost where a tool prints in the code page of its console. */
function comparable(folder: string): string {
  return win32
    .normalize(folder)
    .toLowerCase()
    .replaceAll(/[^ -~]+/g, "?");
}

function flagOf(argv: readonly string[], flag: string): string | undefined {
  const at = argv.indexOf(flag);
  return at < 0 ? undefined : argv[at + 1];
}

async function missingOf(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map(async (path) => ({ path, isThere: await exists(path) })));
  return found.filter(({ isThere }) => !isThere).map(({ path }) => path);
}

function exists(path: string): Promise<boolean> {
  return stat(resolve(path)).then(
    () => true,
    () => false,
  );
}
