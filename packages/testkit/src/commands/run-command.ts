import { canceledError, FairleadError } from "@fairlead/core";
import { hasErrorCode } from "../error-code.js";
import { type GroupLeader, spawnGroup } from "./process-group.js";

/** How {@link runCommand} runs a program. */
export interface RunCommandOptions {
  /** The whole environment. @default that of this process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
  /** Written to stdin, which is then closed. @default nothing: stdin is at its end at once */
  readonly input?: string | Uint8Array | undefined;
  /** @default 30,000, half of a system test's time, so that the output is seen instead of a silent test timeout */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a program did. */
export interface CommandResult {
  /** Its exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Decoded as UTF-8, once, after the end. */
  readonly stdout: string;
  readonly stderr: string;
  /** From the spawn to the end of both outputs. */
  readonly durationMs: number;
}

const defaultTimeoutMs = 30_000;
const toldOutputChars = 8_000;

/**
 * Runs a program to its end and collects what it printed. A failing exit code is a result, not an error.
 * Waits for the outputs to end too, so a grandchild that holds them runs into the time limit.
 * @throws FairleadError `deadline_exceeded` after killing the whole process group, with the output so far in its message;
 * `canceled` likewise; `not_found` if there is no such program
 */
export async function runCommand(
  argv: readonly string[],
  options: RunCommandOptions = {},
): Promise<CommandResult> {
  if (options.signal?.aborted === true) throw canceledError(options.signal, argv.join(" "));
  const startedAtMs = performance.now();
  const leader = await spawnGroup(argv, { env: { ...(options.env ?? process.env) }, cwd: options.cwd });
  const stdout = collect(leader.child.stdout);
  const stderr = collect(leader.child.stderr);
  try {
    feed(leader, options.input);
    const { code, signal } = await ended(leader, options, () => {
      return `${argv.join(" ")}\n--- stdout\n${tail(stdout())}\n--- stderr\n${tail(stderr())}`;
    });
    return {
      code,
      signal,
      stdout: stdout(),
      stderr: stderr(),
      durationMs: performance.now() - startedAtMs,
    };
  } finally {
    leader.release();
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}

function feed(leader: GroupLeader, input: string | Uint8Array | undefined): void {
  const { stdin } = leader.child;
  stdin?.on("error", (error) => {
    // A program may end without reading its input; that shows in its result.
    if (!hasErrorCode(error, "EPIPE", "ECONNRESET", "EOF")) leader.child.emit("error", error);
  });
  stdin?.end(input);
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function ended(leader: GroupLeader, options: RunCommandOptions, told: () => string): Promise<Ending> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  return new Promise((resolve, reject) => {
    const abandon = (error: FairleadError): void => {
      leader.kill("SIGKILL");
      // Whoever left the group may still hold the pipes; nobody is to wait for them.
      for (const stream of leader.child.stdio) stream?.destroy();
      settle(() => reject(error));
    };
    const onAbort = (): void => {
      if (options.signal !== undefined) abandon(canceledError(options.signal, told()));
    };
    const timer = setTimeout(() => {
      const how = leader.child.exitCode === null ? "still ran" : "had exited, but its output was held open,";
      abandon(new FairleadError("deadline_exceeded", `Command ${how} after ${timeoutMs} ms: ${told()}`));
    }, timeoutMs);
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      finish();
    };
    leader.child.once("close", (code, signal) => settle(() => resolve({ code, signal })));
    options.signal?.addEventListener("abort", onAbort, { once: true });
    // It may have aborted while the program was being started.
    if (options.signal?.aborted === true) onAbort();
  });
}

function tail(text: string): string {
  return text.length > toldOutputChars ? `…${text.slice(-toldOutputChars)}` : text;
}
