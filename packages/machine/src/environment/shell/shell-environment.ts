import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { FairleadError } from "@fairlead/core";
import type { TreeRegister } from "../../trees/tree-keeper.js";
import { buildEnvironment, type EnvironmentValues } from "../build-environment.js";
import { isOwnName, treeCookieName } from "../environment-names.js";
import { parseEnvironment } from "../exact-environment.js";
import { fromSystemBytes, toFilePath } from "../raw-text.js";
import { askShell } from "./ask-shell.js";
import { printEnvironment, runtimeName } from "./print-environment.js";
import { userShell } from "./user-shell.js";

/** How long a profile may take where the PATH of a login is looked for: everybody waits for it once. */
const pathPatienceMs = 5_000;
/** How long it may take where somebody asked for it. */
const profilePatienceMs = 10_000;

/** What a shell keeps for itself, or was told for its answer, and would be wrong in another program. */
const shellsOwn = new Set(["_", "PWD", "OLDPWD", "SHLVL", "SHELLOPTS", "BASHOPTS", runtimeName]);

/** Says that there is no terminal, so that a profile does not draw on it. */
const noTerminal = "dumb";

/** What a user's shell is asked with. */
export interface ProfileOptions {
  /** The environment that the shell is found by, and whose allow-listed part it gets. */
  readonly env: EnvironmentValues;
  readonly register: TreeRegister;
  /** An existing folder, absolute. @default the user's home */
  readonly cwd?: string | undefined;
  /** In milliseconds. @default 5,000 for a PATH, 10,000 for a whole profile */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whose way a profile is printed in; told, so that each is testable on any. @default this system */
  readonly platform?: NodeJS.Platform | undefined;
}

/** The PATH that a user of this machine has after logging in. @throws FairleadError as {@link askShell} does */
export async function readLoginPath(options: ProfileOptions): Promise<string> {
  const question = toQuestion(options, pathPatienceMs);
  const answer = await askShell({ ...question, script: 'printf %s "$PATH"' });
  const path = fromSystemBytes(answer);
  if (path !== "") return path;
  throw noPath(question.shell);
}

/**
 * The environment that a user's programs have after logging in, without what belongs to the shell itself, without an ssh-agent
 * that ended with it, and without our own tokens. Variables that choose what code is loaded are in it: {@link buildEnvironment} passes on those that are asked for.
 * @throws FairleadError as {@link askShell} does
 */
export async function readProfile(options: ProfileOptions): Promise<Record<string, string>> {
  const question = toQuestion(options, profilePatienceMs);
  const env = { ...question.env, [runtimeName]: process.execPath };
  const script = printEnvironment(options.platform ?? process.platform);
  const values = parseEnvironment(await askShell({ ...question, env, script }));
  // It did run something, so this is a PATH on which not even that is found.
  if (values.size === 0) throw noPath(question.shell);
  const kept = [...values].filter(
    ([name, value]) => !shellsOwn.has(name) && !isOwnName(name) && !(name === "TERM" && value === noTerminal),
  );
  return withoutDeadAgent(Object.fromEntries(kept), question.cwd);
}

/** An ssh-agent that the profile itself started was ended with the shell; whatever else is named is better than that one. */
async function withoutDeadAgent(
  values: Record<string, string>,
  cwd: string,
): Promise<Record<string, string>> {
  const { SSH_AUTH_SOCK: socket, SSH_AGENT_PID: _pid, ...others } = values;
  if (socket === undefined) return values;
  const isGone = await stat(toFilePath(resolve(cwd, socket))).then(
    () => false,
    () => true,
  );
  return isGone ? others : values;
}

function noPath(shell: string): FairleadError {
  return new FairleadError("unavailable", `${shell} has no usable PATH. Check its profile`, {
    effect: "none",
    details: { program: shell },
  });
}

function toQuestion(
  { env, register, cwd = homedir(), timeoutMs, signal }: ProfileOptions,
  patienceMs: number,
): Omit<Parameters<typeof askShell>[0], "script"> {
  const shell = userShell(env);
  if (!isAbsolute(shell)) {
    throw new FairleadError("unavailable", `The shell ${shell} has no full path. Set SHELL to one`, {
      effect: "none",
      details: { program: shell },
    });
  }
  const base = buildEnvironment(undefined, env, { convention: "posix", folder: process.cwd() });
  const outer = env[treeCookieName];
  const shellEnv = {
    ...base,
    ...(outer === undefined ? {} : { [treeCookieName]: outer }),
    SHELL: shell,
    TERM: noTerminal,
  };
  return { shell, env: shellEnv, cwd, register, signal, timeoutMs: timeoutMs ?? patienceMs };
}
