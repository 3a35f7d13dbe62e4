import { basename } from "node:path";
import {
  createDeferred,
  defaultExecutorLimits,
  FairleadError,
  type ProcessExit,
  type StopReport,
  type StopTimes,
} from "@fairlead/core";
import { treeCookieName } from "../environment/environment-names.js";
import { ownEnvironment } from "../environment/own-environment.js";
import { resolveProgram } from "../programs/resolve-program.js";
import { toStartCommand } from "../programs/start-command.js";
import { bareRegister } from "../trees/tree-keeper.js";
import { checkArguments, checkWorkingDirectory, withTreeId } from "./launch-checks.js";
import { startProcess } from "./local-process.js";
import { resolveStopTimes } from "./stop-ladder.js";

/** What of the daemon's stderr is kept. */
const tailBytes = 4 * 1024;

/** The longest first line that is waited for; a daemon tells an address there. */
const firstLineBytes = 64 * 1024;

/** A daemon to start. */
export interface DaemonOptions {
  /** A name on PATH, or a native path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Set above what is inherited. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** A native absolute path. @default the folder of this process */
  readonly cwd?: string | undefined;
  /** Whether it gets this process's environment, since it is a part of us; not what the loader goes by. @default true */
  readonly inheritEnv?: boolean | undefined;
  readonly stopTimes?: Partial<StopTimes> | undefined;
}

/** A running daemon. Its stdin is held open and ends with this process, which tells it to end too. */
export interface DaemonProcess extends AsyncDisposable {
  readonly pid: number;
  readonly program: string;
  /**
   * The first line it prints, without its end. Rejects with `unavailable` (reason `process_exited`) if it ends before, and
   * with `protocol` if the line is longer than 64 KiB. The rest of its stdout is thrown away.
   */
  readonly firstLine: Promise<string>;
  /** Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** The last 4 KiB of its stderr. */
  stderrTail(): string;
  /** Asks it to end; settles when stdin is closed, not when it ended. */
  closeStdin(): Promise<void>;
  /** Closes stdin first, then climbs the rest of the ladder over its whole tree. */
  stop(times?: Partial<StopTimes>): Promise<StopReport>;
}

/**
 * Starts one of our own daemons as a child, with the same engine as every other process. The caller owns it.
 * @throws FairleadError as a launch does
 */
export async function startDaemon(options: DaemonOptions): Promise<DaemonProcess> {
  const cwd = options.cwd ?? process.cwd();
  const env = { ...(options.inheritEnv === false ? {} : ownEnvironment()), ...options.env };
  checkArguments(options.program, options.args);
  await checkWorkingDirectory(cwd);
  const program = await resolveProgram(options.program, { env, cwd });
  const command = toStartCommand({ program, args: options.args, env, cwd }, process.env);
  const firstLine = createLineReader(program);
  let tail = Buffer.alloc(0);
  const tree = await bareRegister.prepare({ program: basename(program), labels: {} });
  const daemon = await startProcess({
    ...command,
    shownProgram: program,
    cwd,
    env: withTreeId(command.env, tree.cookie, env[treeCookieName]),
    tree,
    windowBytes: Number.POSITIVE_INFINITY,
    drainMs: defaultExecutorLimits.drainMs,
    stopTimes: resolveStopTimes(options.stopTimes),
    onOutput: (name, chunk) => {
      if (name === "stdout") firstLine.push(chunk);
      else tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
    },
  });
  const stderrTail = (): string => tail.toString("utf8");
  void daemon.closed.then((exit) => firstLine.end(exit, stderrTail()));
  return {
    pid: daemon.pid,
    program,
    firstLine: firstLine.promise,
    exited: daemon.exited,
    stderrTail,
    closeStdin: () => daemon.closeStdin(),
    stop: (times) => daemon.stop(times),
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

interface LineReader {
  readonly promise: Promise<string>;
  push(chunk: Uint8Array): void;
  end(exit: ProcessExit, lastWords: string): void;
}

function createLineReader(program: string): LineReader {
  const line = createDeferred<string>();
  // Whoever needs the line waits for it; nobody else shall fall over its absence.
  line.promise.catch(() => {});
  let settled = false;
  let buffered = Buffer.alloc(0);

  function settle(): void {
    settled = true;
    buffered = Buffer.alloc(0);
  }

  return {
    promise: line.promise,
    push: (chunk) => {
      if (settled) return;
      buffered = Buffer.concat([buffered, chunk]);
      const end = buffered.indexOf("\n");
      if (end < 0 && buffered.length <= firstLineBytes) return;
      if (end < 0) line.reject(tooLong(program));
      else line.resolve(buffered.toString("utf8", 0, end).replace(/\r$/, ""));
      settle();
    },
    end: (exit, lastWords) => {
      if (settled) return;
      settle();
      line.reject(endedEarly(program, exit, lastWords));
    },
  };
}

function tooLong(program: string): FairleadError {
  return new FairleadError(
    "protocol",
    `The first line of ${program} is longer than ${firstLineBytes} bytes`,
    {
      details: { program },
    },
  );
}

function endedEarly(program: string, exit: ProcessExit, lastWords: string): FairleadError {
  const how = exit.signal === null ? `with code ${exit.code ?? "unknown"}` : `by ${exit.signal}`;
  const said = lastWords.trim() === "" ? "It said nothing" : `It said: ${lastWords.trim().slice(-500)}`;
  return new FairleadError("unavailable", `${program} ended ${how} before it was ready. ${said}`, {
    reason: "process_exited",
    effect: "none",
    details: { program, ...(exit.code === null ? {} : { exitCode: exit.code }) },
  });
}
