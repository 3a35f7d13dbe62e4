import { Readable } from "node:stream";
import { createDeferred } from "@fairlead/core";
import type { Child } from "../processes/child.js";
import type { SpawnRequest } from "../processes/spawn-child.js";
import { type StdinWriter, stdinClosedError } from "../processes/stdin-writer.js";
import { createExitMemory } from "./exit-memory.js";
import { ptyMissingError } from "./pty-library.js";
import type { TerminalSize } from "./terminal-size.js";

/** What of the library is used where the system has no descriptors for terminals. */
interface PseudoConsole {
  readonly pid: number;
  onData(listener: (text: string) => void): unknown;
  onExit(listener: (exit: { readonly exitCode: number }) => void): unknown;
  resize(columns: number, rows: number): void;
  write(text: string | Buffer): void;
  pause(): void;
  resume(): void;
  kill(): void;
}

/**
 * Starts a child in a Windows pseudo console. Not run in our tests. It speaks UTF-8 text, so bytes that are none do not
 * come through, and what it does with input is told by nobody: a write counts as taken when the library has it.
 */
export async function spawnInConsole(
  { program, args, verbatimArguments, cwd, env, onSpawned }: SpawnRequest,
  { columns, rows }: TerminalSize,
): Promise<Child> {
  const { spawn } = await import("@lydell/node-pty").catch((cause: unknown) => {
    throw ptyMissingError(cause);
  });
  const pseudoConsole: PseudoConsole = spawn(
    program,
    verbatimArguments === true ? args.join(" ") : [...args],
    {
      cwd,
      env,
      cols: columns,
      rows,
    },
  );
  const exit = createExitMemory();
  onSpawned?.({ pid: pseudoConsole.pid, hasExited: () => exit.known() !== undefined });
  const stdout = new Readable({
    read: () => pseudoConsole.resume(),
    destroy: (error, done) => {
      if (exit.known() === undefined) pseudoConsole.kill();
      done(error);
    },
  });
  pseudoConsole.onData((text) => {
    if (!stdout.push(Buffer.from(text))) pseudoConsole.pause();
  });
  const stdin = createConsoleWriter(pseudoConsole, program);
  pseudoConsole.onExit(({ exitCode }) => {
    exit.ended({ code: exitCode, signal: null });
    stdin.destroy();
    stdout.push(null);
  });
  return {
    pid: pseudoConsole.pid,
    stdin,
    outputs: { stdout },
    onExit: exit.listen,
    resize: (newColumns, newRows) => pseudoConsole.resize(newColumns, newRows),
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
