import { homedir } from "node:os";
import { basename } from "node:path";
import {
  canceledError,
  defaultExecutorLimits,
  FairleadError,
  isFairleadError,
  type LaunchedProcess,
  type Launcher,
  type LaunchOptions,
  type LaunchSpec,
} from "@fairlead/core";
import type { EnvironmentValues } from "../environment/build-environment.js";
import { treeCookieName } from "../environment/environment-names.js";
import { exactEnvironment } from "../environment/exact-environment.js";
import { launchEnvironment } from "../environment/launch-environment.js";
import { toShownText } from "../environment/raw-text.js";
import { ownSearchPath, type SearchPathSource } from "../environment/search-path.js";
import { nativePathOf } from "../platform/native-path.js";
import { operatingSystemOf, pathConventionOf } from "../platform/operating-system.js";
import { resolveProgram } from "../programs/resolve-program.js";
import { toStartCommand } from "../programs/start-command.js";
import { checkTerminalSize } from "../pty/terminal-size.js";
import { bareRegister, type TreeRegister } from "../trees/tree-keeper.js";
import { checkArguments, checkWorkingDirectory, withTerminalName, withTreeId } from "./launch-checks.js";
import { startProcess } from "./local-process.js";
import { resolveStopTimes } from "./stop-ladder.js";

/** How a launcher starts processes where a launch does not say. */
export interface LocalLauncherOptions {
  /** Where the base and the inherited names of a child's environment are taken from. @default process.env */
  readonly env?: EnvironmentValues | undefined;
  /** The PATH of children whose launch sets none. @default the one in `env` */
  readonly searchPath?: SearchPathSource | undefined;
  /** A native absolute path. @default the home of the user, because our own folder means nothing to a client */
  readonly defaultCwd?: string | undefined;
  /** How long outputs are waited for after the exit when a grandchild holds them, in milliseconds. @default 2,000 */
  readonly drainMs?: number | undefined;
  /** What program and arguments of one launch may have together. @default 128 KiB */
  readonly argumentBytes?: number | undefined;
  /** What one launch may add to the environment, names and values together. @default 128 KiB */
  readonly environmentBytes?: number | undefined;
  /** Keeps account of the trees, so that none outlives this process. @default nobody: each ends by being stopped */
  readonly keeper?: TreeRegister | undefined;
}

/** Makes a launcher that starts processes on this machine, as children of this process. */
export function createLocalLauncher(options: LocalLauncherOptions = {}): Launcher {
  const env = options.env ?? exactEnvironment();
  const resolved = {
    env,
    searchPath: options.searchPath ?? ownSearchPath(env),
    defaultCwd: options.defaultCwd ?? homedir(),
    drainMs: options.drainMs ?? defaultExecutorLimits.drainMs,
    argumentBytes: options.argumentBytes ?? defaultExecutorLimits.argumentBytes,
    environmentBytes: options.environmentBytes ?? defaultExecutorLimits.environmentBytes,
    keeper: options.keeper ?? bareRegister,
  };
  return { launch: (spec, launchOptions) => launch(spec, launchOptions, resolved) };
}

interface ResolvedOptions {
  readonly env: EnvironmentValues;
  readonly searchPath: SearchPathSource;
  readonly defaultCwd: string;
  readonly drainMs: number;
  readonly argumentBytes: number;
  readonly environmentBytes: number;
  readonly keeper: TreeRegister;
}

async function launch(
  spec: LaunchSpec,
  { onOutput, signal }: LaunchOptions,
  options: ResolvedOptions,
): Promise<LaunchedProcess> {
  throwIfAborted(signal, spec.program);
  const terminal = spec.stdio?.mode === "pty" ? spec.stdio : undefined;
  if (terminal !== undefined) checkTerminalSize(terminal);
  const windowBytes = spec.outputWindowBytes ?? defaultExecutorLimits.windowBytes;
  if (!(windowBytes > 0))
    throw usageError(`outputWindowBytes is ${windowBytes}; give a number of bytes above 0`);
  const stopTimes = resolveStopTimes(spec.stopTimes);
  checkArguments(spec.program, spec.args, options.argumentBytes);
  const convention = pathConventionOf(operatingSystemOf());
  const cwd = spec.cwd === undefined ? options.defaultCwd : nativePathOf(spec.cwd, convention);
  await checkWorkingDirectory(cwd);
  const surroundings = {
    ...options,
    register: options.keeper,
    limitBytes: options.environmentBytes,
    cwd,
    signal,
  };
  const { env: base, warnings } = await launchEnvironment(spec, surroundings).catch((error: unknown) => {
    throwIfAborted(signal, spec.program);
    throw error;
  });
  const env = terminal === undefined ? base : withTerminalName(base, spec.env);
  const found = await resolveProgram(spec.program, { env, cwd });
  const command = toStartCommand({ program: found, args: spec.args, env, cwd }, options.env);
  const shownProgram = toShownText(found);
  throwIfAborted(signal, spec.program);
  const tree = await options.keeper.prepare({ program: basename(shownProgram), labels: spec.labels ?? {} });
  if (signal?.aborted === true) await tree.abandon();
  throwIfAborted(signal, spec.program);
  return startProcess({
    ...command,
    shownProgram,
    warnings,
    cwd,
    env: withTreeId(command.env, tree.cookie, options.env[treeCookieName]),
    tree,
    terminal,
    onOutput,
    windowBytes,
    outputLimitBytes: spec.outputLimitBytes,
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
