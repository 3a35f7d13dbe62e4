import { Readable } from "node:stream";
import { createDeferred } from "@fairlead/core";
import type { Child } from "../processes/child.js";
import { type SpawnRequest, spawnError } from "../processes/spawn-child.js";
import { startPatiently } from "../processes/start-patiently.js";
import { type StdinWriter, stdinClosedError } from "../processes/stdin-writer.js";
import { quoteWindowsWord } from "../programs/quote-windows-word.js";
import { type ConsoleAgent, findConsoleAgent } from "./console-agent.js";
import { createExitMemory } from "./exit-memory.js";
import { loadConsoleLibrary, ptyMissingError } from "./pty-library.js";
import { startConsole } from "./start-console.js";
import type { TerminalSize } from "./terminal-size.js";

/**
 * How long after its end a program may have said nothing at all: the thread that reads the console may still be starting, and
 * a console itself says something first.
 */
const firstWordsMs = 10_000;

/** What of the library is used where the system has no descriptors for terminals. */
export interface PseudoConsole {
  readonly pid: number;
  onData(listener: (text: string) => void): unknown;
  /** Also when its output breaks while the program runs, which has no code then. */
  onExit(listener: (exit: { readonly exitCode: number | undefined }) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  resize(columns: number, rows: number): void;
  write(text: string | Buffer): void;
  pause(): void;
  resume(): void;
}

/**
 * Starts a child in a Windows pseudo console. It speaks UTF-8 text, so bytes that are none do not come through, and what it
 * does with input is told by nobody: a write counts as taken when the library has it.
 * @throws FairleadError `unavailable`, reason `feature_missing`, where the library or Windows has no pseudo consoles; else as a
 * spawn does
 */
export async function spawnInConsole(request: SpawnRequest, { columns, rows }: TerminalSize): Promise<Child> {
  const { program, args, verbatimArguments, cwd, env, enclose = (fork) => fork(), onSpawned } = request;
  const words = consoleArguments(args, verbatimArguments === true);
  const [{ spawn }, starter] = await Promise.all([import("@lydell/node-pty"), loadConsoleLibrary()]).catch(
    (cause: unknown) => {
      throw ptyMissingError(cause);
    },
  );
  const make = (): PseudoConsole =>
    spawn(program, words, { cwd, env, cols: columns, rows }) as unknown as PseudoConsole;
  return startPatiently(() => {
    const pseudoConsole = enclose(() => {
      try {
        return startConsole(starter, make);
      } catch (cause) {
        const isRefused = cause instanceof Error && "code" in cause;
        throw isRefused ? spawnError(cause, request) : ptyMissingError(cause);
      }
    });
    const child = joinConsole(pseudoConsole, safeAgent(pseudoConsole), program);
    onSpawned?.({ pid: child.pid, hasExited: child.hasExited });
    return child;
  });
}

/**
 * What the library is given behind the program. A list it quotes wrongly: a word that has quotes around it, or quotes and
 * tabs within, comes apart. Of an empty text it would leave the program without its own quotes.
 * @param isVerbatim whether they are quoted already
 */
export function consoleArguments(args: readonly string[], isVerbatim: boolean): string | string[] {
  if (args.length === 0) return [];
  return (isVerbatim ? args : args.map(quoteWindowsWord)).join(" ");
}

/** Ends what runs in a console that could take us down, and refuses it. @throws FairleadError as {@link spawnInConsole} does */
export function safeAgent(pseudoConsole: Pick<PseudoConsole, "pid" | "on">): ConsoleAgent {
  const agent = findConsoleAgent(pseudoConsole);
  if (agent !== undefined) return agent;
  for (const listener of [() => {}, () => {}]) pseudoConsole.on("error", listener);
  try {
    process.kill(pseudoConsole.pid);
  } catch {
    // It ended by itself.
  }
  throw ptyMissingError(new Error("@lydell/node-pty has other inner parts than expected"));
}

/** Makes a child of a pseudo console that has one running. @param program named in errors */
export function joinConsole(
  pseudoConsole: PseudoConsole,
  agent: ConsoleAgent,
  program: string,
): Child & { readonly hasExited: () => boolean } {
  const exit = createExitMemory();
  const hasExited = (): boolean => exit.known() !== undefined;
  const stdin = createConsoleWriter(pseudoConsole, program);
  const firstWords = createGate(firstWordsMs);
  const ended = (code: number): void => {
    // The library makes a number with a sign of it; Windows has none.
    exit.ended({ code: code >>> 0, signal: null });
    stdin.destroy();
    // The library drops what was not read a second after the end; of one that ended there is not much left.
    pseudoConsole.resume();
  };
  const stdout = new Readable({
    read: () => pseudoConsole.resume(),
    destroy: (error, done) => {
      firstWords.open();
      agent.close();
      done(error);
    },
  });
  pseudoConsole.onData((text) => {
    firstWords.open();
    if (!stdout.push(Buffer.from(text)) && !hasExited()) pseudoConsole.pause();
  });
  // Where nobody listens twice, the library throws a broken pipe at the whole process.
  for (const listener of [() => {}, () => {}]) pseudoConsole.on("error", listener);
  agent.onProcessExit((code, drain) => {
    ended(code);
    firstWords.pass(drain);
  });
  pseudoConsole.onExit(({ exitCode }) => {
    if (exitCode !== undefined) ended(exitCode);
    stdout.push(null);
  });
  return {
    pid: pseudoConsole.pid,
    stdin,
    outputs: { stdout },
    onExit: exit.listen,
    hasExited,
    resize: (columns, rows) => {
      if (!hasExited()) pseudoConsole.resize(columns, rows);
    },
  };
}

/** What passes waits until it is open, or for so long. It passes once, and before `open` returns. */
function createGate(limitMs: number): { open(): void; pass(action: () => void): void } {
  let isOpen = false;
  let timer: NodeJS.Timeout | undefined;
  let waiting: (() => void) | undefined;
  const open = (): void => {
    isOpen = true;
    clearTimeout(timer);
    const action = waiting;
    waiting = undefined;
    action?.();
  };
  return {
    open,
    pass: (action) => {
      waiting = action;
      if (isOpen) open();
      else timer = setTimeout(open, limitMs);
    },
  };
}

/** The library's own writing is safe on Windows alone: there it is a named pipe, which neither blocks nor spins. */
function createConsoleWriter(pseudoConsole: PseudoConsole, program: string): StdinWriter {
  const closed = createDeferred<void>();
  let writtenBytes = 0;
  let closedAt: number | undefined;
  const destroy = (): void => {
    closedAt ??= performance.now();
    closed.resolve();
  };
  return {
    write: async (bytes) => {
      writtenBytes += bytes.byteLength;
      if (closedAt !== undefined) {
        throw stdinClosedError(
          { program, ackedBytes: writtenBytes - bytes.byteLength, writtenBytes },
          "none",
        );
      }
      pseudoConsole.write(Buffer.from(bytes));
    },
    close: () => {
      // Ctrl-Z at the start of a line is what Windows programs take as the end of a console's input.
      if (closedAt === undefined) pseudoConsole.write("\x1a\r");
      destroy();
      return closed.promise;
    },
    destroy,
    closedAt: () => closedAt,
  };
}
