import {
  createDeferred,
  type ErrorEffect,
  FairleadError,
  type LaunchedProcess,
  type Launcher,
  type LaunchSpec,
  type OutputHandler,
  type OutputName,
  type ProcessExit,
  type StopReport,
  type StopTimes,
} from "@fairlead/core";

/** A message as a scripted server reads it. */
interface ReceivedMessage {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A server in memory: the test decides what it says and when it dies. */
export interface MemoryServer {
  /** Every message that came, in order. */
  readonly received: readonly ReceivedMessage[];
  /** The raw bytes of each write. */
  readonly writes: readonly string[];
  readonly consumedBytes: Readonly<Record<OutputName, number>>;
  readonly sentBytes: Readonly<Record<OutputName, number>>;
  readonly stops: readonly (Partial<StopTimes> | undefined)[];
  /** Writes to stdout as it is. */
  say(text: string | Uint8Array): void;
  /** Writes one message. */
  sayMessage(message: Record<string, unknown>): void;
  complain(text: string): void;
  /** Ends the process. `holdsOutput`: a helper keeps stdout open, so that `closed` does not come. */
  exit(exit?: Partial<ProcessExit>, holdsOutput?: boolean): void;
  /** Lets every write fail from now on. @param effect what the failures tell of theirs. @default "unknown" */
  breakStdin(effect?: ErrorEffect): void;
  /** Lets writes wait until the answer is called. */
  holdWrites(): () => void;
  /** Waits for a message that came, or will come. */
  next(matches: (message: ReceivedMessage) => boolean): Promise<ReceivedMessage>;
}

/** What a scripted server does. */
export interface MemoryScript {
  /** Told each message after the built-in answer to `initialize`. */
  readonly onMessage?: (server: MemoryServer, message: ReceivedMessage) => void;
  /** Told when it runs. */
  readonly onStart?: (server: MemoryServer) => void;
  /** The raw `result` of initialize; null leaves it unanswered. */
  readonly initializeResult?: string | null;
  readonly launchError?: FairleadError;
  /** Waits before the launch succeeds. */
  readonly launchDelay?: Promise<unknown>;
}

/** The raw result that a scripted server shakes hands with. */
export const defaultInitializeResult =
  '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"memory","version":"1.0"}}';

/** An in-memory implementation of the Launcher port with one scripted server. */
export function createMemoryLauncher(script: MemoryScript = {}): {
  launcher: Launcher;
  server: MemoryServer;
} {
  const exited = createDeferred<ProcessExit>();
  const closed = createDeferred<ProcessExit>();
  const received: ReceivedMessage[] = [];
  const writes: string[] = [];
  const stops: (Partial<StopTimes> | undefined)[] = [];
  const consumedBytes = { stdout: 0, stderr: 0 };
  const sentBytes = { stdout: 0, stderr: 0 };
  const waiting: { matches: (message: ReceivedMessage) => boolean; resolve: (m: ReceivedMessage) => void }[] =
    [];
  let onOutput: OutputHandler | undefined;
  let brokenEffect: ErrorEffect | undefined;
  let hold: Promise<unknown> = Promise.resolve();

  const output = (name: OutputName, content: string | Uint8Array): void => {
    const bytes = Buffer.from(content);
    sentBytes[name] += bytes.length;
    onOutput?.(name, bytes);
  };
  const server: MemoryServer = {
    received,
    writes,
    consumedBytes,
    sentBytes,
    stops,
    say: (text) => output("stdout", text),
    sayMessage: (message) => output("stdout", `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
    complain: (text) => output("stderr", text),
    exit: (exit = {}, holdsOutput = false) => {
      const full: ProcessExit = { reason: "exited", code: 0, signal: null, ...exit };
      exited.resolve(full);
      if (!holdsOutput) closed.resolve(full);
    },
    breakStdin: (effect = "unknown") => {
      brokenEffect = effect;
    },
    holdWrites: () => {
      const held = createDeferred<undefined>();
      hold = held.promise;
      return () => held.resolve(undefined);
    },
    next: async (matches) => {
      const already = received.find(matches);
      if (already !== undefined) return already;
      return new Promise((resolve) => waiting.push({ matches, resolve }));
    },
  };
  const take = (message: ReceivedMessage): void => {
    received.push(message);
    if (message.method === "initialize" && script.initializeResult !== null) {
      const result = script.initializeResult ?? defaultInitializeResult;
      server.say(`{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${result}}\n`);
    }
    script.onMessage?.(server, message);
    for (const wait of waiting.filter(({ matches }) => matches(message))) wait.resolve(message);
  };
  const stop = (times?: Partial<StopTimes>): Promise<StopReport> => {
    stops.push(times);
    server.exit({ reason: "stopped", code: null, signal: "SIGTERM" });
    return Promise.resolve({
      ended: [{ pid: 42, name: "memory" }],
      forced: [],
      survived: [],
      blindSpots: [],
    });
  };
  const launched: LaunchedProcess = {
    pid: 42,
    program: "/memory",
    startedAtMs: 0,
    write: async (bytes) => {
      if (brokenEffect !== undefined) {
        const options = { reason: "stdin_closed", effect: brokenEffect } as const;
        throw new FairleadError("unavailable", "stdin is closed", options);
      }
      const text = Buffer.from(bytes).toString();
      writes.push(text);
      await hold;
      for (const line of text.split("\n")) if (line !== "") take(JSON.parse(line) as ReceivedMessage);
    },
    closeStdin: () => Promise.resolve(),
    consumed: (name, byteCount) => {
      consumedBytes[name] += byteCount;
    },
    exited: exited.promise,
    closed: closed.promise,
    signal: () => Promise.resolve(),
    resize: () => Promise.resolve(),
    readTree: () => Promise.resolve([]),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
  const launcher: Launcher = {
    launch: async (_spec, options) => {
      if (script.launchError !== undefined) throw script.launchError;
      onOutput = options.onOutput;
      await script.launchDelay;
      script.onStart?.(server);
      return launched;
    },
  };
  return { launcher, server };
}

/** Any launch spec; the memory launcher does not look at it. */
export const anySpec: LaunchSpec = { program: "server", args: [] };
