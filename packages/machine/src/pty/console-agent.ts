/** What the library keeps to itself about a pseudo console, and what we cannot do without. */
export interface ConsoleAgent {
  /** Calls back when the program ended. The library itself tells it only after a second without output. */
  onProcessExit(listener: (code: number) => void): void;
  /**
   * Closes the console and the thread that reads it, once. The library does both only in its `kill`, which also ends
   * processes by numbers that may be somebody else's by then.
   */
  close(): void;
}

/** The inner parts, as the pinned version of the library has them. */
interface InnerAgent {
  _pty: number;
  _ptyNative: { kill(pty: number): void };
  _conoutSocketWorker: { dispose(): void };
  _$onProcessExit(code: number): void;
}

/** Finds the inner parts of a console; undefined where the library has others than expected. */
export function findConsoleAgent(pseudoConsole: object): ConsoleAgent | undefined {
  const { _agent: inner } = pseudoConsole as { readonly _agent?: unknown };
  if (!isInnerAgent(inner)) return undefined;
  let isClosed = false;
  return {
    onProcessExit: (listener) => {
      const goOn = inner._$onProcessExit.bind(inner);
      inner._$onProcessExit = (code) => {
        listener(code);
        goOn(code);
      };
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      // The thread reads on for a second, so that the console is not waited for while it says its last.
      inner._conoutSocketWorker.dispose();
      inner._ptyNative.kill(inner._pty);
    },
  };
}

function isInnerAgent(value: unknown): value is InnerAgent {
  if (typeof value !== "object" || value === null) return false;
  const inner: Partial<Record<keyof InnerAgent, unknown>> = value;
  return (
    typeof inner._pty === "number" &&
    typeof inner._$onProcessExit === "function" &&
    hasFunction(inner._ptyNative, "kill") &&
    hasFunction(inner._conoutSocketWorker, "dispose")
  );
}

function hasFunction(value: unknown, name: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as Readonly<Record<string, unknown>>)[name] === "function";
}
