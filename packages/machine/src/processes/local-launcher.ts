import { homedir } from "node:os";
import {
  canceledError,
  createId,
  defaultExecutorLimits,
  FairleadError,
  fromPathUri,
  isFairleadError,
  type LaunchedProcess,
  type Launcher,
  type LaunchOptions,
  type LaunchSpec,
} from "@fairlead/core";
import { buildEnvironment, type EnvironmentValues } from "../environment/build-environment.js";
import { treeCookieName } from "../environment/environment-names.js";
import { operatingSystemOf, pathConventionOf } from "../platform/operating-system.js";
import { resolveProgram } from "../programs/resolve-program.js";
import { checkArguments, checkWorkingDirectory, withTreeId } from "./launch-checks.js";
import { startProcess } from "./local-process.js";
import { resolveStopTimes } from "./stop-ladder.js";

/** How a launcher starts processes where a launch does not say. */
export interface LocalLauncherOptions {
  /** Where the base and the inherited names of a child's environment are taken from. @default process.env */
  readonly env?: EnvironmentValues | undefined;
  /** A native absolute path. @default the home of the user, because our own folder means nothing to a client */
  readonly defaultCwd?: string | undefined;
  /** How long outputs are waited for after the exit when a grandchild holds them, in milliseconds. @default 2,000 */
  readonly drainMs?: number | undefined;
}

/** Makes a launcher that starts processes on this machine, as children of this process. */
export function createLocalLauncher(options: LocalLauncherOptions = {}): Launcher {
  const resolved = {
    env: options.env ?? process.env,
    defaultCwd: options.defaultCwd ?? homedir(),
    drainMs: options.drainMs ?? defaultExecutorLimits.drainMs,
  };
  return { launch: (spec, launchOptions) => launch(spec, launchOptions, resolved) };
}

async function launch(
  spec: LaunchSpec,
  { onOutput, signal }: LaunchOptions,
  options: { readonly env: EnvironmentValues; readonly defaultCwd: string; readonly drainMs: number },
): Promise<LaunchedProcess> {
  throwIfAborted(signal, spec.program);
  if (spec.stdio?.mode === "pty") {
    throw new FairleadError("unavailable", "This launcher has no pseudo terminals. Start it with pipes", {
      reason: "feature_missing",
      effect: "none",
      details: { feature: "pty" },
    });
  }
  const windowBytes = spec.outputWindowBytes ?? defaultExecutorLimits.windowBytes;
  if (!(windowBytes > 0))
    throw usageError(`outputWindowBytes is ${windowBytes}; give a number of bytes above 0`);
  const stopTimes = resolveStopTimes(spec.stopTimes);
  checkArguments(spec.program, spec.args);
  const convention = pathConventionOf(operatingSystemOf());
  const cwd = spec.cwd === undefined ? options.defaultCwd : fromPathUri(spec.cwd, convention);
  const env = buildEnvironment(spec.env, options.env, { convention, folder: process.cwd() });
  await checkWorkingDirectory(cwd);
  const program = await resolveProgram(spec.program, { env, cwd });
  throwIfAborted(signal, spec.program);
  const treeId = createId("t");
  return startProcess({
    program,
    args: spec.args,
    cwd,
    env: withTreeId(env, treeId, options.env[treeCookieName]),
    treeId,
    onOutput,
    windowBytes,
    drainMs: options.drainMs,
    stopTimes,
  });
}

function throwIfAborted(signal: AbortSignal | undefined, program: string): void {
  if (signal?.aborted !== true) return;
  if (isFairleadError(signal.reason)) throw canceledError(signal, `The launch of ${program}`);
  throw new FairleadError("canceled", `The launch of ${program} was cancelled; nothing was started`, {
    cause: signal.reason,
    effect: "none",
  });
}

function usageError(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}
