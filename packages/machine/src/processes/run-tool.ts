import { spawn } from "node:child_process";
import { FairleadError, settlesWithinMs, withinMs } from "@fairlead/core";
import { ownEnvironment } from "../environment/own-environment.js";
import { resolveProgram } from "../programs/resolve-program.js";
import { startPatiently } from "./start-patiently.js";

/** How long a tool of the system may take, in milliseconds; each of them has an answer at once. */
const defaultPatienceMs = 30_000;

/** How long outputs may take to end once the tool has. */
const drainMs = 1_000;

/** More than any tool says that we ask; what comes behind is thrown away. */
const maxOutputBytes = 1024 * 1024;

/** A tool of the system, and what it is asked. */
export interface ToolRun {
  /** A name on PATH, or an absolute native path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Its environment, without what the system's loader goes by. @default this process's */
  readonly env?: Readonly<NodeJS.ProcessEnv> | undefined;
  /** Milliseconds until it is killed. @default 30,000 */
  readonly patienceMs?: number | undefined;
}

/** What a tool said. */
export interface ToolAnswer {
  /** Its exit code; 128 where a signal ended it. */
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/**
 * Runs a tool of the system to its end, with no stdin and no window.
 * @throws FairleadError `not_found` where there is no such program, `unavailable` where it cannot be started, and
 * `deadline_exceeded` where it takes too long
 */
export async function runTool(run: ToolRun): Promise<ToolAnswer> {
  const { args, env = process.env, patienceMs = defaultPatienceMs } = run;
  const own = ownEnvironment(env);
  const program = await resolveProgram(run.program, { env: own, cwd: process.cwd() });
  const { exited, closed, stdout, stderr, end } = await startPatiently(() =>
    startTool(program, args, own),
  ).catch((cause: unknown) => {
    throw notStarted(program, cause);
  });
  try {
    const code = await withinMs(exited, patienceMs, program);
    // What it started may hold its outputs for ever; what it said itself is there by then.
    await settlesWithinMs(closed, drainMs);
    return { code, stdout: stdout(), stderr: stderr() };
  } finally {
    end();
  }
}

/** @throws Error of the system; what Node tells later instead, `exited` does */
function startTool(program: string, args: readonly string[], env: Readonly<NodeJS.ProcessEnv>) {
  const child = spawn(program, [...args], { env, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  const { stdout, stderr } = child;
  const exited = new Promise<number>((resolve, reject) => {
    child.once("exit", (code) => resolve(code ?? 128));
    child.once("error", (cause) => reject(notStarted(program, cause)));
  });
  exited.catch(() => {});
  return {
    exited,
    closed: new Promise<void>((resolve) => void child.once("close", () => resolve())),
    stdout: collect(stdout),
    stderr: collect(stderr),
    end: () => {
      child.kill("SIGKILL");
      stdout.destroy();
      stderr.destroy();
    },
  };
}

function collect(stream: NodeJS.ReadableStream): () => Buffer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    if (bytes < maxOutputBytes) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks);
}

function notStarted(program: string, cause: unknown): FairleadError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FairleadError("unavailable", `The program ${program} could not be started: ${why}`, {
    cause,
    reason: "spawn_failed",
    effect: "none",
    details: { program },
  });
}
