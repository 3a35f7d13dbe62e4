/** What the library keeps to itself about a pseudo console, and what we cannot do without. */
export interface ConsoleAgent {
  /**
   * Calls back when the program ended. The library itself tells it only after a second without output, drops whatever comes
   * later, and begins to count when `drain` is called.
   */
  onProcessExit(listener: (code: number, drain: () => void) => void): void;
  /**
   * Closes the console, the pipe that it reads and the thread that reads it, once. The library does that only in its
   * `kill`, which also ends processes by numbers that may be somebody else's by then.
   */
  close(): void;
  /** Lets go of a console in which no program was started: as {@link close}, but not of the console itself. */
  abandon(): void;
}

/** The inner parts, as the pinned version of the library has them. */
interface InnerAgent {
  _pty: number;
  _ptyNative: { kill(pty: number): void };
  _conoutSocketWorker: { dispose(): void };
  _inSocket: { on(event: "error", listener: () => void): unknown; destroy(): unknown };
  resize(columns: number, rows: number): void;
  _$onProcessExit(code: number): void;
}

/**
 * Finds the inner parts of a console and closes the holes by which one program ends this whole process: the library throws
 * at nobody what happens to a pipe whose reader is gone, and a change of size that it put off and that comes too late.
 * @returns undefined where the library has other parts than expected; such a console is not safe to use
 */
export function findConsoleAgent(pseudoConsole: object): ConsoleAgent | undefined {
  const { _agent: inner } = pseudoConsole as { readonly _agent?: unknown };
  if (!isInnerAgent(inner)) return undefined;
  let isClosed = false;
  const letGo = (closeConsole: () => void): void => {
    if (isClosed) return;
    isClosed = true;
    // The thread reads on for a second, so that the console is not waited for while it says its last.
    inner._conoutSocketWorker.dispose();
    closeConsole();
    inner._inSocket.destroy();
  };
  // That nobody reads any more shows in the end of the program.
  inner._inSocket.on("error", () => {});
  const resize = inner.resize.bind(inner);
  inner.resize = (columns, rows) => {
    try {
      resize(columns, rows);
    } catch {
      // The console ended before; it has no size any more.
    }
  };
  return {
    onProcessExit: (listener) => {
      const goOn = inner._$onProcessExit.bind(inner);
      inner._$onProcessExit = (code) => {
        listener(code, () => goOn(code));
      };
    },
    close: () => letGo(() => inner._ptyNative.kill(inner._pty)),
    // To close it ends its program by a handle, which is any number where there is none.
    abandon: () => letGo(() => {}),
  };
}

function isInnerAgent(value: unknown): value is InnerAgent {
  if (typeof value !== "object" || value === null) return false;
  const inner: Partial<Record<keyof InnerAgent, unknown>> = value;
  return (
    typeof inner._pty === "number" &&
    typeof inner._$onProcessExit === "function" &&
    typeof inner.resize === "function" &&
    hasFunction(inner._ptyNative, "kill") &&
    hasFunction(inner._inSocket, "on") &&
    hasFunction(inner._inSocket, "destroy") &&
    hasFunction(inner._conoutSocketWorker, "dispose")
  );
}

function hasFunction(value: unknown, name: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as Readonly<Record<string, unknown>>)[name] === "function";
}
