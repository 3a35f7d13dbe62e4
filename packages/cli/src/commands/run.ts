import { constants } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type ErrorReason,
  type ExitReason,
  FairleadError,
  type LaunchedProcess,
  type ProcessExit,
  type StdioMode,
  toFairleadError,
} from "@fairlead/core";
import type { OutputWatch } from "../output/output-watch.js";
import type { Terminal } from "../output/terminal.js";
import { runnerFailureExit } from "../run-program.js";
import { copyHostVariables } from "../runtime/host-variables.js";
import { cwdUri } from "../runtime/launch-spec.js";
import { forwardInput } from "../terminal-session/forward-input.js";
import { lendTerminal } from "../terminal-session/lend-terminal.js";
import { createOutputGate } from "../terminal-session/output-gate.js";
import { createOwnTerminal, type OwnTerminal } from "../terminal-session/own-terminal.js";
import { signalOf } from "../terminal-session/signal-of.js";
import { stopWithoutOutput } from "../terminal-session/stop-without-output.js";
import { type CommandContext, openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** The flags of `fairlead run`. */
export interface RunFlags extends CommonFlags {
  readonly executor?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly envVar?: readonly string[];
  readonly cwd?: string;
  readonly pty?: boolean;
  readonly shellProfile?: boolean;
}

type Ending = Pick<ProcessExit, "code" | "signal">;

/** `fairlead run`: a program on an executor as if it ran here. Exits as the program did. */
export async function runCommand(
  command: readonly string[],
  flags: RunFlags,
  terminal: Terminal,
): Promise<void> {
  try {
    process.exitCode = toExitCode(await run(command, flags, terminal));
  } catch (thrown) {
    terminal.fail(toFairleadError(thrown), flags.json === true);
    process.exitCode = runnerFailureExit;
  }
}

async function run(command: readonly string[], flags: RunFlags, terminal: Terminal): Promise<Ending> {
  const [program = "", ...args] = command;
  await using context = await openContext(flags, terminal);
  const name = flags.executor ?? context.config.defaultExecutor;
  const session = await context.pool.open(name, context.signal);
  const isLocal = name === "local" || name === "embedded";
  const cwd = flags.cwd ?? (isLocal ? process.cwd() : undefined);
  const own = flags.pty === true ? createOwnTerminal(process) : undefined;
  const names = [...(own === undefined ? [] : ["TERM", "COLORTERM"]), ...(flags.envVar ?? [])];
  const copied = copyHostVariables(names, { env: process.env, isLocal, whose: "--env-var" });
  const launched: { process?: LaunchedProcess } = {};
  const output = createOutputGate((stream, byteCount) => launched.process?.consumed(stream, byteCount));
  await using child = await session.launcher.launch(
    {
      program,
      args,
      cwd: cwd === undefined ? undefined : cwdUri(cwd, session.machine.pathConvention, "--cwd"),
      env: { set: { ...copied.set, ...flags.env }, inherit: copied.inherit },
      stdio: own === undefined ? undefined : ptyOf(own),
      labels: { command: "run" },
      ...(flags.shellProfile === true ? { shellProfile: true } : {}),
    },
    {
      signal: context.signal,
      onOutput: output.handler,
    },
  );
  launched.process = child;
  for (const text of child.warnings ?? []) terminal.tell(`fairlead: ${text}`);
  using shown = stopWithoutOutput(process.stdout, child);
  if (own === undefined) {
    output.open();
    const exit = await attend(child, context);
    return await toEnding(exit, shown);
  }
  using lent = lendTerminal(child, own, context.signal);
  await lent.ready;
  output.open();
  const exit = await child.closed;
  const signal = lent.leaving();
  // Whoever ended us wants to hear that, not how the program took it.
  if (signal !== undefined) return { code: null, signal };
  return await toEnding(exit, shown);
}

/** @throws FairleadError if it did not end by itself */
async function toEnding(exit: ProcessExit, shown: OutputWatch): Promise<Ending> {
  // That the last chunk could not be written is told a moment after that.
  await nextTurn();
  if (shown.loss === undefined) return checked(exit);
  // What a shell sees of a program whose reader went away. The terminal has told of everything else.
  if (shown.loss === "reader_gone") return { code: null, signal: "SIGPIPE" };
  return { code: runnerFailureExit, signal: null };
}

function ptyOf(own: OwnTerminal): StdioMode {
  return { mode: "pty", ...own.size() };
}

async function attend(child: LaunchedProcess, context: CommandContext): Promise<ProcessExit> {
  const onAbort = (): void => void child.signal(signalOf(context.signal)).catch(() => {});
  context.signal.addEventListener("abort", onAbort, { once: true });
  const endInput = forwardInput(process.stdin, child);
  const exit = await child.closed;
  endInput();
  context.signal.removeEventListener("abort", onAbort);
  return exit;
}

/** @throws FairleadError if it did not end by itself */
function checked(exit: ProcessExit): ProcessExit {
  if (exit.reason === "exited" || exit.reason === "stopped") return exit;
  throw new FairleadError("unavailable", `The program was lost: ${exit.reason.replaceAll("_", " ")}`, {
    reason: reasonOfLoss[exit.reason],
    details: { exitReason: exit.reason },
  });
}

const reasonOfLoss = {
  session_lost: "session_lost",
  lease_expired: "session_lost",
  executor_shutdown: "executor_draining",
  output_limit: "limit_reached",
} as const satisfies Record<Exclude<ExitReason, "exited" | "stopped">, ErrorReason>;

function toExitCode(exit: Ending): number {
  if (exit.signal === null) return shownCode(exit.code ?? runnerFailureExit);
  return 128 + (constants.signals[exit.signal as NodeJS.Signals] ?? 0);
}

/** POSIX shows the lowest eight bits only, and a failure on Windows must not look like a success there. */
function shownCode(code: number): number {
  if (process.platform === "win32" || code <= 0xff) return code;
  return (code & 0xff) === 0 ? 1 : code & 0xff;
}
