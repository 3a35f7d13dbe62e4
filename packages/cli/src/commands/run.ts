import { constants } from "node:os";
import { FairleadError, type LaunchedProcess, type ProcessExit, toFairleadError } from "@fairlead/core";
import type { Terminal } from "../output/terminal.js";
import { cwdUri } from "../runtime/launch-spec.js";
import { type CommandContext, openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** The exit code that shells and container tools use for a failure of the runner itself. */
const ownFailureExit = 125;
/** Input that may wait for the program before we stop reading ours. */
const maxQueuedInputBytes = 1024 * 1024;

/** The flags of `fairlead run`. */
export interface RunFlags extends CommonFlags {
  readonly executor?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly envVar?: readonly string[];
  readonly cwd?: string;
}

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
    process.exitCode = ownFailureExit;
  }
}

async function run(command: readonly string[], flags: RunFlags, terminal: Terminal): Promise<ProcessExit> {
  const [program, ...args] = command;
  if (program === undefined) throw new FairleadError("usage", "Give a program after --", { effect: "none" });
  await using context = await openContext(flags, terminal);
  const name = flags.executor ?? context.config.defaultExecutor;
  const session = await context.pool.open(name, context.signal);
  const isLocal = name === "local" || name === "embedded";
  const cwd = flags.cwd ?? (isLocal ? process.cwd() : undefined);
  const launched: { process?: LaunchedProcess } = {};
  await using child = await session.launcher.launch(
    {
      program,
      args,
      cwd: cwd === undefined ? undefined : cwdUri(cwd, session.machine.pathConvention, "--cwd"),
      env: { set: { ...copyVariables(flags.envVar ?? []), ...flags.env } },
      labels: { command: "run" },
    },
    {
      signal: context.signal,
      onOutput: (stream, chunk) => {
        // Credit goes back when the terminal or pipe behind us has taken the bytes.
        process[stream].write(chunk, () => launched.process?.consumed(stream, chunk.length));
      },
    },
  );
  launched.process = child;
  return await attend(child, context);
}

async function attend(child: LaunchedProcess, context: CommandContext): Promise<ProcessExit> {
  const onAbort = (): void => void child.signal("SIGINT").catch(() => {});
  context.signal.addEventListener("abort", onAbort, { once: true });
  const detachInput = forwardInput(child);
  const exit = await child.closed;
  detachInput();
  context.signal.removeEventListener("abort", onAbort);
  if (exit.reason === "exited" || exit.reason === "stopped") return exit;
  throw new FairleadError("unavailable", `The program was lost: ${exit.reason.replaceAll("_", " ")}`, {
    reason: "session_lost",
  });
}

function forwardInput(child: LaunchedProcess): () => void {
  const { stdin } = process;
  let queuedBytes = 0;
  const onData = (chunk: Buffer): void => {
    queuedBytes += chunk.length;
    if (queuedBytes > maxQueuedInputBytes) stdin.pause();
    child.write(chunk).then(
      () => {
        queuedBytes -= chunk.length;
        if (queuedBytes <= maxQueuedInputBytes) stdin.resume();
      },
      // The program does not read on; what it does next decides how this ends.
      () => stdin.destroy(),
    );
  };
  const onEnd = (): void => void child.closeStdin();
  stdin.on("data", onData).on("end", onEnd).on("error", onEnd);
  return () => {
    stdin.off("data", onData).off("end", onEnd).off("error", onEnd);
    stdin.destroy();
  };
}

function copyVariables(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function toExitCode(exit: ProcessExit): number {
  if (exit.signal === null) return exit.code ?? ownFailureExit;
  return 128 + (constants.signals[exit.signal as NodeJS.Signals] ?? 0);
}
