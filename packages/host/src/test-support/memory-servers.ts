import {
  createDeferred,
  type LaunchedProcess,
  type Launcher,
  type OutputHandler,
  type ProcessExit,
  type StopTimes,
  untilAborted,
} from "@fairlead/core";
import type { ServerDefinition } from "../orchestrator/server-definition.js";

/** A message as a server in memory reads it. */
export interface Received {
  readonly id?: string | number | undefined;
  readonly method?: string | undefined;
  readonly params?: Record<string, unknown> | undefined;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown } | undefined;
}

/** One start of a server in memory. */
export interface MemoryProcess {
  /** 1 for the first start. */
  readonly number: number;
  readonly received: readonly Received[];
  readonly stops: readonly (Partial<StopTimes> | undefined)[];
  readonly isRunning: boolean;
  /** Ids of the requests that it answered with an error. */
  readonly refused: ReadonlySet<unknown>;
  /** Bytes of output that were read. */
  readonly consumedBytes: number;
  /** Writes one message. */
  say(message: Record<string, unknown>): void;
  complain(text: string): void;
  /** Ends by itself. @param holdsOutput something that it started keeps its output open */
  exit(code?: number, holdsOutput?: boolean): void;
  /** Waits for a message that came, or will come. */
  next(matches: (message: Received) => boolean): Promise<Received>;
  /** The messages of one method so far. */
  calls(method: string): readonly Received[];
}

/** What servers in memory do. */
export interface MemoryScript {
  /** Announced in the handshake. @default tools, prompts, resources and logging */
  readonly capabilities?: Record<string, unknown> | undefined;
  /**
   * Answers a request: `{ result }` or `{ error }`; undefined leaves it unanswered. @default an empty result
   */
  readonly answer?: ((message: Received, process: MemoryProcess) => object | undefined) | undefined;
  /** Told before each start, with its number; what it throws is the start's failure. */
  readonly beforeStart?: ((number: number) => void | Promise<void>) | undefined;
}

/** A place in memory where servers are started. */
export interface MemoryServers {
  readonly launcher: Launcher;
  /** Every start so far, in order. */
  readonly processes: readonly MemoryProcess[];
  readonly runningCount: number;
  /** Waits for the start of this number. */
  started(number: number): Promise<MemoryProcess>;
  /** A definition of a server that is started here. */
  define(settings?: Partial<ServerDefinition>): ServerDefinition;
}

const everything = {
  tools: { listChanged: true },
  prompts: {},
  resources: { subscribe: true, listChanged: true },
  logging: {},
};

/** Makes a place whose servers all do the same. */
export function createMemoryServers(script: MemoryScript = {}): MemoryServers {
  const processes: MemoryProcess[] = [];
  const awaited: { readonly number: number; readonly resolve: (process: MemoryProcess) => void }[] = [];
  let lastNumber = 0;
  const launcher: Launcher = {
    launch: async (_spec, { onOutput, signal }) => {
      lastNumber += 1;
      const number = lastNumber;
      await untilAborted(Promise.resolve(script.beforeStart?.(number)), signal, "The launch");
      const { process, launched } = createProcess(number, script, onOutput);
      processes.push(process);
      for (const waiting of awaited) if (waiting.number === processes.length) waiting.resolve(process);
      return launched;
    },
  };
  return {
    launcher,
    processes,
    get runningCount() {
      return processes.filter(({ isRunning }) => isRunning).length;
    },
    async started(number) {
      const already = processes[number - 1];
      if (already !== undefined) return already;
      return new Promise((resolve) => awaited.push({ number, resolve }));
    },
    define: (settings) => ({
      name: "memory",
      executor: "here",
      required: false,
      startupTimeoutMs: 5_000,
      toolTimeoutMs: 5_000,
      maxMessageBytes: 1024 * 1024,
      enabledTools: undefined,
      disabledTools: [],
      protocol: "legacy",
      prepare: async () => ({ kind: "stdio", launcher, spec: { program: "memory", args: [] } }),
      ...settings,
    }),
  };
}

function createProcess(
  number: number,
  script: MemoryScript,
  onOutput: OutputHandler,
): { readonly process: MemoryProcess; readonly launched: LaunchedProcess } {
  const exited = createDeferred<ProcessExit>();
  const closed = createDeferred<ProcessExit>();
  const received: Received[] = [];
  const stops: (Partial<StopTimes> | undefined)[] = [];
  const waiting = new Set<{
    matches: (message: Received) => boolean;
    resolve: (message: Received) => void;
  }>();
  const refused = new Set<unknown>();
  let isRunning = true;
  let consumedBytes = 0;

  const end = (exit: Partial<ProcessExit>, holdsOutput = false): void => {
    const whole: ProcessExit = { reason: "exited", code: 0, signal: null, ...exit };
    isRunning = false;
    exited.resolve(whole);
    if (!holdsOutput) closed.resolve(whole);
  };
  const process: MemoryProcess = {
    number,
    received,
    stops,
    refused,
    get isRunning() {
      return isRunning;
    },
    get consumedBytes() {
      return consumedBytes;
    },
    say: (message) => {
      if (isRunning) onOutput("stdout", Buffer.from(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`));
    },
    complain: (text) => onOutput("stderr", Buffer.from(text)),
    exit: (code = 1, holdsOutput = false) => end({ code }, holdsOutput),
    next: async (matches) => {
      const already = received.find(matches);
      if (already !== undefined) return already;
      return new Promise((resolve) => void waiting.add({ matches, resolve }));
    },
    calls: (method) => received.filter((message) => message.method === method),
  };
  const take = (message: Received): void => {
    received.push(message);
    if (message.method !== undefined && message.id !== undefined) {
      const { id } = message;
      const answer =
        message.method === "initialize"
          ? { result: handshake(script, message) }
          : (script.answer ?? emptyAnswer)(message, process);
      if (answer !== undefined && "error" in answer) refused.add(id);
      if (answer !== undefined) process.say({ id, ...answer });
    }
    for (const wait of waiting) {
      if (!wait.matches(message)) continue;
      waiting.delete(wait);
      wait.resolve(message);
    }
  };
  const stop = async (times?: Partial<StopTimes>) => {
    stops.push(times);
    end({ reason: "stopped", code: null, signal: "SIGTERM" });
    return { ended: [{ pid: number, name: "memory" }], forced: [], survived: [], blindSpots: [] };
  };
  const launched: LaunchedProcess = {
    pid: number,
    program: "/memory",
    startedAtMs: 0,
    write: async (bytes) => {
      const lines = Buffer.from(bytes).toString().split("\n");
      for (const line of lines) if (line !== "") take(JSON.parse(line) as Received);
    },
    closeStdin: () => Promise.resolve(),
    consumed: (_name, byteCount) => {
      consumedBytes += byteCount;
    },
    exited: exited.promise,
    closed: closed.promise,
    signal: () => Promise.resolve(),
    resize: () => Promise.resolve(),
    readTree: () => Promise.resolve([]),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
  return { process, launched };
}

function handshake({ capabilities = everything }: MemoryScript, { params }: Received): object {
  const protocolVersion = params?.["protocolVersion"];
  return { protocolVersion, capabilities, serverInfo: { name: "memory", version: "1" } };
}

function emptyAnswer(): object {
  return { result: {} };
}
