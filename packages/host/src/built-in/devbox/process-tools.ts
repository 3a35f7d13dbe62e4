import type { LaunchSpec } from "@fairlead/core";
import {
  flagArgument,
  numberArgument,
  requireTextsArgument,
  type ToolArguments,
  textArgument,
  textMapArgument,
} from "../arguments.js";
import type { BuiltInTool, ToolResult } from "../tool-methods.js";
import { type DevboxMachine, toUri } from "./devbox-machine.js";
import type { DevboxPolicy } from "./devbox-policy.js";
import { devboxStopTimes, type RunningProcess, type RunningProcesses } from "./running-processes.js";

/** Less than agents wait for an answer, so that a call always comes back with what there is. */
const waitRange = { min: 0, max: 240_000 };
const outputRange = { min: 1_000, max: 1_000_000 };
const processRange = { min: 1, max: Number.MAX_SAFE_INTEGER };

const waitSchema = { type: "integer", description: "Milliseconds to wait for its end before coming back." };
const outputSchema = { type: "integer", description: "Characters of output at most. Default 32000." };
const processSchema = { type: "integer", description: "Number of the process, as run_command gave it." };

/** What the process tools of a devbox work with. */
export interface ProcessSurroundings {
  readonly machine: DevboxMachine;
  readonly processes: RunningProcesses;
  readonly policy: DevboxPolicy;
  /** The devbox's name, for process lists. */
  readonly server: string;
}

/** The tools of a devbox that start processes and talk to them. */
export function createProcessTools(surroundings: ProcessSurroundings): readonly BuiltInTool[] {
  const { processes, policy } = surroundings;
  return [runTool(surroundings), writeTool(processes, policy), interruptTool(processes)];
}

/** What a `run_command` call is about to launch. @throws FairleadError `usage` */
export function toDevboxLaunch(machine: DevboxMachine, args: ToolArguments): LaunchSpec {
  const [program, ...rest] = requireTextsArgument(args, "command");
  const cwd = textArgument(args, "cwd");
  const env = textMapArgument(args, "env");
  const isTerminal = flagArgument(args, "tty") ?? false;
  return {
    program,
    args: rest,
    cwd: cwd === undefined ? machine.cwd : toUri(machine, cwd),
    ...(env === undefined ? {} : { env: { set: env } }),
    ...(flagArgument(args, "shell_profile") === true ? { shellProfile: true } : {}),
    stdio: isTerminal ? { mode: "pty", columns: 120, rows: 40 } : { mode: "pipe" },
  };
}

function runTool({ machine, processes, policy, server }: ProcessSurroundings): BuiltInTool {
  return {
    name: "run_command",
    title: "Run a command",
    description:
      "Runs a program on this machine, and gives its output and exit code. No shell is involved unless the command starts one. A program that has not ended after wait_ms runs on: use its process number with write_stdin, also just to read on, and with interrupt.",
    inputSchema: {
      type: "object",
      properties: {
        command: {
          type: "array",
          items: { type: "string" },
          minItems: 1,
          description: 'Program and arguments, for example ["bash", "-c", "ls | wc -l"].',
        },
        cwd: { type: "string", description: "Folder to run in. Default: the working folder." },
        env: { type: "object", additionalProperties: { type: "string" }, description: "Variables to set." },
        tty: { type: "boolean", description: "Gives it a terminal. Default false." },
        shell_profile: {
          type: "boolean",
          description:
            "Gives it what the profile of the user's shell sets, such as a longer PATH. Default false.",
        },
        keep_stdin: { type: "boolean", description: "Leaves its input open. Default: only with tty." },
        wait_ms: { ...waitSchema, default: 10_000 },
        max_output_chars: outputSchema,
      },
      required: ["command"],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    async call(args, { signal }) {
      policy.checkCommand();
      const spec = { ...toDevboxLaunch(machine, args), labels: { server } };
      const keepsInput = flagArgument(args, "keep_stdin") ?? spec.stdio?.mode === "pty";
      const { waitMs, maxChars } = readBounds(args, 10_000);
      const running = await processes.start(spec, signal);
      try {
        if (!keepsInput) await running.launched.closeStdin();
        await processes.wait(running, waitMs, signal);
      } catch (error) {
        // Whoever takes the call back does not learn the number, so nobody could end it later.
        await running.launched.stop(devboxStopTimes);
        processes.forget(running);
        throw error;
      }
      return report(processes, running, maxChars);
    },
  };
}

function writeTool(processes: RunningProcesses, policy: DevboxPolicy): BuiltInTool {
  return {
    name: "write_stdin",
    title: "Write to a process",
    description:
      "Writes text to the input of a process that run_command started, and gives what it wrote since. Without text it only reads on.",
    inputSchema: {
      type: "object",
      properties: {
        process: processSchema,
        text: { type: "string", description: "Written as it is: end it with a line break where one is due." },
        close: { type: "boolean", description: "Closes its input afterwards. Default false." },
        wait_ms: { ...waitSchema, default: 1_000 },
        max_output_chars: outputSchema,
      },
      required: ["process"],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    async call(args, { signal }) {
      const running = processes.find(numberArgument(args, "process", processRange) ?? 0);
      const text = textArgument(args, "text");
      const closesInput = flagArgument(args, "close") ?? false;
      const { waitMs, maxChars } = readBounds(args, 1_000);
      if (text !== undefined && text !== "") policy.checkCommand();
      if (text !== undefined && text !== "") await running.launched.write(Buffer.from(text));
      if (closesInput) await running.launched.closeStdin();
      await processes.wait(running, waitMs, signal);
      return report(processes, running, maxChars);
    },
  };
}

function interruptTool(processes: RunningProcesses): BuiltInTool {
  return {
    name: "interrupt",
    title: "Interrupt a process",
    description:
      "Interrupts a process that run_command started, as Ctrl-C does, or ends it with everything that it started.",
    inputSchema: {
      type: "object",
      properties: {
        process: processSchema,
        end: { type: "boolean", description: "Ends it for certain. Default false." },
        wait_ms: { ...waitSchema, default: 1_000 },
        max_output_chars: outputSchema,
      },
      required: ["process"],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    async call(args, { signal }) {
      const running = processes.find(numberArgument(args, "process", processRange) ?? 0);
      const endsForCertain = flagArgument(args, "end") ?? false;
      const { waitMs, maxChars } = readBounds(args, 1_000);
      if (endsForCertain) await running.launched.stop(devboxStopTimes);
      // In a terminal it is the foreground job that is meant, which only the terminal knows.
      else if (running.isTerminal) await running.launched.write(Buffer.from("\x03"));
      else if (running.exit === undefined) await running.launched.signal("SIGINT");
      await processes.wait(running, waitMs, signal);
      return report(processes, running, maxChars);
    },
  };
}

/** How long a call waits, and how much it gives. Read before anything is done: a model repeats a call that it got wrong. */
function readBounds(
  args: ToolArguments,
  defaultWaitMs: number,
): { readonly waitMs: number; readonly maxChars: number } {
  return {
    waitMs: numberArgument(args, "wait_ms", waitRange) ?? defaultWaitMs,
    maxChars: numberArgument(args, "max_output_chars", outputRange) ?? 32_000,
  };
}

function report(processes: RunningProcesses, running: RunningProcess, maxChars: number): ToolResult {
  const { exit, id } = running;
  const { text, omittedCount } = running.output.take(maxChars);
  if (exit !== undefined) processes.forget(running);
  const state =
    exit === undefined
      ? `[runs on as process ${id}]`
      : `[${exit.signal === null ? `exit code ${String(exit.code)}` : `ended by ${exit.signal}`}]`;
  return {
    content: [
      { type: "text", text: text === "" || text.endsWith("\n") ? text + state : `${text}\n${state}` },
    ],
    structuredContent: {
      output: text,
      omittedCount,
      isRunning: exit === undefined,
      ...(exit === undefined ? { process: id } : { exitCode: exit.code, signal: exit.signal }),
    },
  };
}
