import { createHash } from "node:crypto";
import type { LaunchedProcess, OutputName, StdioMode } from "@fairlead/core";
import type { ExecutorSession } from "@fairlead/link";

/** A process whose output is counted and hashed. */
export interface Reader {
  readonly process: LaunchedProcess;
  /** Bytes of stdout so far. */
  readonly receivedBytes: number;
  /** The first 4 KiB of stdout as text. */
  readonly text: string;
  readonly stderr: string;
  /** When stdout first and last brought something, on the clock of `performance.now()`. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** SHA-256 of everything on stdout, as hex. Once. */
  digest(): string;
  /** From now on, and for all that came: gives credit back at once. */
  release(): void;
}

/** How output is read. */
export interface ReaderOptions {
  readonly stdio?: StdioMode;
  /** Gives no credit back before {@link Reader.release}. @default false */
  readonly held?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly outputWindowBytes?: number;
}

const textChars = 4_096;

/** Launches a program and reads it. */
export async function launchReader(
  session: ExecutorSession,
  [program = "", ...args]: readonly string[],
  options: ReaderOptions = {},
): Promise<Reader> {
  const hash = createHash("sha256");
  const state = { receivedBytes: 0, text: "", stderr: "", firstAtMs: 0, lastAtMs: 0 };
  let held = options.held === true;
  const owed: Record<OutputName, number> = { stdout: 0, stderr: 0 };
  const launched: { process?: LaunchedProcess } = {};
  const settle = (): void => {
    for (const name of ["stdout", "stderr"] as const) {
      if (held || owed[name] === 0) continue;
      launched.process?.consumed(name, owed[name]);
      if (launched.process !== undefined) owed[name] = 0;
    }
  };
  const process = await session.launcher.launch(
    {
      program,
      args,
      ...(options.stdio === undefined ? {} : { stdio: options.stdio }),
      ...(options.env === undefined ? {} : { env: { set: options.env } }),
      ...(options.outputWindowBytes === undefined ? {} : { outputWindowBytes: options.outputWindowBytes }),
    },
    {
      onOutput: (name, chunk) => {
        owed[name] += chunk.length;
        if (name === "stderr") state.stderr += Buffer.from(chunk).toString("utf8");
        else {
          state.lastAtMs = performance.now();
          if (state.receivedBytes === 0) state.firstAtMs = state.lastAtMs;
          state.receivedBytes += chunk.length;
          hash.update(chunk);
          if (state.text.length < textChars)
            state.text += Buffer.from(chunk.subarray(0, textChars)).toString("utf8");
        }
        settle();
      },
    },
  );
  launched.process = process;
  settle();
  return {
    process,
    get receivedBytes() {
      return state.receivedBytes;
    },
    get text() {
      return state.text;
    },
    get stderr() {
      return state.stderr;
    },
    get firstAtMs() {
      return state.firstAtMs;
    },
    get lastAtMs() {
      return state.lastAtMs;
    },
    digest: () => hash.digest("hex"),
    release: () => {
      held = false;
      settle();
    },
  };
}
