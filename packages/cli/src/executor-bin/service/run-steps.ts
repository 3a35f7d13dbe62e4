import { FairleadError, shellLine, toFairleadError } from "@fairlead/core";
import { runTool } from "@fairlead/machine";
import type {
  ManagerAnswer,
  ServiceCommand,
  ServiceLaunch,
  ServiceStep,
  ServiceSystem,
} from "./service-system.js";

/** A question is answered at once, or by nobody. */
const queryPatienceMs = 5_000;

/** Runs steps one after the other. @throws FairleadError `unavailable` with the words of the first that failed */
export async function runSteps(
  steps: readonly ServiceStep[],
  { env }: Pick<ServiceLaunch, "env">,
): Promise<void> {
  for (const { command, mayFail } of steps) {
    const { code, words } = await ask(command, env);
    if (code === 0 || mayFail === true) continue;
    throw new FairleadError(
      "unavailable",
      `${shellLine(command)} failed with code ${code}: ${words === "" ? "it said nothing" : words}`,
      { effect: "unknown", details: { command: shellLine(command), exitCode: code } },
    );
  }
}

/**
 * Makes sure that services can be controlled from here, before anything is changed.
 * @throws FairleadError `unavailable`, with what to do
 */
export async function checkManager(system: ServiceSystem, launch: ServiceLaunch): Promise<void> {
  const command = system.probe(launch);
  const answer = await ask(command, launch.env).catch((thrown: unknown) => {
    const error = toFairleadError(thrown);
    if (error.reason !== "program_not_found") throw error;
    throw new FairleadError(
      "unavailable",
      `There is no ${system.title} here (${command[0]} was not found). Start the executor with what this system has instead: ${shellLine(launch.argv)}`,
      { cause: error, effect: "none", details: { program: command[0] } },
    );
  });
  if (answer.code === 0) return;
  throw new FairleadError(
    "unavailable",
    `${system.title} cannot be reached (${shellLine(command)}: ${answer.words}). ${unreachable[system.kind]}`,
    { effect: "none", details: { command: shellLine(command), exitCode: answer.code } },
  );
}

/** Asks how a service is doing; undefined where there is no such service, or nobody to ask. */
export async function askManager(
  system: ServiceSystem,
  launch: ServiceLaunch,
): Promise<ManagerAnswer | undefined> {
  const answer = await ask(system.query(launch), launch.env, queryPatienceMs).catch(() => undefined);
  return answer === undefined ? undefined : system.readQuery(answer.code, answer.stdout, launch);
}

const unreachable = {
  systemd:
    'Log in as this user, over ssh or at the machine: after "su" or "sudo -u" there is no session. Or try: export XDG_RUNTIME_DIR=/run/user/$(id -u)',
  launchd: "Log in at the screen of this machine first: an agent runs in that session.",
  task: "Ask an administrator whether users may have scheduled tasks on this machine.",
} as const;

async function ask(
  [program, ...args]: ServiceCommand,
  env: ServiceLaunch["env"],
  patienceMs?: number,
): Promise<{ readonly code: number; readonly stdout: string; readonly words: string }> {
  const { code, stdout, stderr } = await runTool({ program, args, env, patienceMs });
  const words = (stderr.length > 0 ? stderr : stdout)
    .toString("utf8")
    .trim()
    .replaceAll(/\s*\n\s*/g, " ");
  return { code, stdout: stdout.toString("utf8"), words: words.slice(0, 500) };
}
