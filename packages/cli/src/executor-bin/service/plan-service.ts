import { homedir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { FairleadError } from "@fairlead/core";
import { checkListener, type ListenerOptions } from "@fairlead/executor";
import { isThrowAway, stableNode, stableScript, toRealpath } from "../../clients/stable-paths.js";
import { packageFolder } from "../../package-folder.js";
import { logFlag } from "../executor-log.js";
import { type ExecutorPlace, resolvePlace } from "../executor-place.js";
import { launchdAgent } from "./launchd-agent.js";
import { logonTask, taskLog } from "./logon-task.js";
import { markText } from "./own-mark.js";
import type { ServiceLaunch, ServiceSystem } from "./service-system.js";
import { systemdUnit } from "./systemd-unit.js";

/** A service as it is to be. */
export interface ServicePlan {
  readonly system: ServiceSystem;
  readonly launch: ServiceLaunch;
  readonly file: string;
  readonly text: string;
  readonly place: ListenerOptions;
}

/** What the plan depends on beside the flags. */
export interface PlanSurroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** The runtime, as an absolute path. */
  readonly execPath: string;
}

/** Those of this process. */
export function ownSurroundings(): PlanSurroundings {
  return { platform: process.platform, env: process.env, execPath: process.execPath };
}

/**
 * Plans a service that runs `fairlead-executor serve` with the given flags, which are checked as `serve` checks them.
 * @throws FairleadError `usage` for flags that `serve` would refuse, or a program that will not stay where it is
 */
export async function planService(flags: ExecutorPlace, around: PlanSurroundings): Promise<ServicePlan> {
  const place = await resolvePlace(flags, around.env);
  await checkListener(place);
  const system = findSystem(around.platform);
  const launch = describeLaunch(place.stateDir, around, [
    ...ownProgram(around),
    "serve",
    ...serveFlags(flags, place.stateDir, around.env),
    ...logFlags(around.platform, place.stateDir),
  ]);
  const text = markText((mark) => system.render(launch, mark));
  return { system, launch, file: system.file(launch), text, place };
}

/** The way services are installed on a system. @throws FairleadError `unavailable` where we know none */
export function findSystem(platform: NodeJS.Platform): ServiceSystem {
  if (platform === "linux") return systemdUnit;
  if (platform === "darwin") return launchdAgent;
  if (platform === "win32") return logonTask;
  throw new FairleadError(
    "unavailable",
    `There is nothing here to install a service with on ${platform}. Start it in a script: ulimit -c 0 && exec fairlead-executor serve`,
    { effect: "none", details: { platform } },
  );
}

/** Who a service runs for. @param argv what it runs; empty where only its file and its name are asked for */
export function describeLaunch(
  stateDir: string,
  { env, platform }: PlanSurroundings,
  argv: readonly string[],
): ServiceLaunch {
  const { username, uid } = userInfo();
  const domain = env["USERDOMAIN"] ?? "";
  return {
    argv: argv.map(checkWord(platform)),
    userHome: homedir(),
    stateDir,
    userName: platform === "win32" && domain !== "" ? `${domain}\\${username}` : username,
    uid: Math.max(0, uid),
    env,
  };
}

/** Only paths and addresses: whoever may look at the processes of this machine reads them. */
function serveFlags(
  { listen, stateDir, tokenFile, tlsCert, tlsKey }: ExecutorPlace,
  resolvedStateDir: string,
  env: Readonly<NodeJS.ProcessEnv>,
): readonly string[] {
  const isNamed = stateDir !== undefined || (env["FAIRLEAD_HOME"] ?? "") !== "";
  const flags = {
    "--listen": listen,
    "--state-dir": isNamed ? resolvedStateDir : undefined,
    "--token-file": absolute(tokenFile),
    "--tls-cert": absolute(tlsCert),
    "--tls-key": absolute(tlsKey),
  };
  return Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
}

/** systemd and launchd keep what a service says; of a task nobody does. */
function logFlags(platform: NodeJS.Platform, stateDir: string): readonly string[] {
  return platform === "win32" ? [logFlag, taskLog(stateDir)] : [];
}

function absolute(file: string | undefined): string | undefined {
  return file === undefined ? undefined : resolve(file);
}

function ownProgram({ execPath, env, platform }: PlanSurroundings): readonly string[] {
  const script = stableScript(join(packageFolder, "bin", "fairlead-executor.js"), toRealpath);
  if (isThrowAway(script)) {
    throw new FairleadError(
      "usage",
      "This program lies in the cache of npx, pnpm dlx, yarn dlx or bunx, which is emptied now and then. Install it first: npm install --global fairlead",
      { reason: "argument_invalid", effect: "none", details: { script } },
    );
  }
  const searchPath = (env["PATH"] ?? "").split(platform === "win32" ? ";" : ":");
  return [stableNode(execPath, searchPath, toRealpath), script];
}

/** Control characters would end a line of the file, and Windows replaces `%NAME%` in tasks, which nothing prevents. */
function checkWord(platform: NodeJS.Platform): (word: string) => string {
  return (word) => {
    if (!/\p{Cc}/u.test(word) && !(platform === "win32" && word.includes("%"))) return word;
    throw new FairleadError("usage", `A service cannot have ${JSON.stringify(word)} on its command line`, {
      reason: "argument_invalid",
      effect: "none",
    });
  };
}
