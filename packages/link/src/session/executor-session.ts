import {
  createDeferred,
  createId,
  defaultExecutorLimits,
  type ExecutorLimits,
  FairleadError,
  type LaunchedProcess,
  type Launcher,
  type LaunchOptions,
  type LaunchSpec,
  type StopReport,
  type StopTimes,
} from "@fairlead/core";
import {
  type CloseResponse__Output,
  type ExecutorMachine,
  fromLimitsMessage,
  fromMachineMessage,
  fromStopReportMessage,
  type OpenResponse__Output,
  protocolVersions,
  type StartResponse__Output,
  toStartRequest,
  toStopTimesMessage,
} from "@fairlead/wire";
import { type Channel, callUnary, createChannel } from "../channel/channel.js";
import type { ExecutorTarget } from "../channel/target.js";
import { RemoteProcess } from "../process/remote-process.js";
import { describeExecutor, type ExecutorDescription } from "./describe-executor.js";
import { keepLease } from "./lease-client.js";
import type { SessionHandle } from "./session-handle.js";

/** grpc-js has no connect time-out of its own. */
const defaultConnectTimeoutMs = 3_000;

/** How to reach and hold an executor. */
export interface ConnectOptions extends ExecutorTarget {
  /** Its name in configuration, for messages. @default the URL */
  readonly name?: string | undefined;
  readonly clientName: string;
  readonly clientVersion: string;
  /** How long processes live on after this client is gone. @default the executor's choice for the transport */
  readonly detachTtlMs?: number | undefined;
  /** @default 3,000 */
  readonly connectTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where a session stands. */
export type SessionState =
  | { readonly state: "connected" }
  | { readonly state: "lost"; readonly error: FairleadError }
  | { readonly state: "closed" };

/** An open session with an executor. Closing it ends every process that it started. */
export interface ExecutorSession extends AsyncDisposable {
  readonly name: string;
  readonly machine: ExecutorMachine;
  readonly limits: ExecutorLimits;
  readonly grantedDetachTtlMs: number;
  readonly launcher: Launcher;
  readonly state: SessionState;
  /** Settles once with the typed error when the session is lost; never after a close. */
  readonly lost: Promise<FairleadError>;
  describe(): Promise<ExecutorDescription>;
  /** Stops every process, answers what that did, and disconnects. */
  close(times?: Partial<StopTimes>): Promise<StopReport>;
}

/**
 * Connects to an executor and opens a session.
 * @throws FairleadError `unavailable` (unreachable), `unauthenticated` (token), `protocol` (version), `usage` (address)
 */
export async function connectExecutor(options: ConnectOptions): Promise<ExecutorSession> {
  const name = options.name ?? options.url;
  const channel = createChannel(options);
  try {
    const opened = await open(channel, options, name);
    return new Session(channel, opened, name);
  } catch (error) {
    channel.close();
    throw error;
  }
}

async function open(channel: Channel, options: ConnectOptions, name: string): Promise<OpenResponse__Output> {
  const timeoutMs = options.connectTimeoutMs ?? defaultConnectTimeoutMs;
  const request = {
    protocolVersionMin: protocolVersions.min,
    protocolVersionMax: protocolVersions.max,
    features: [],
    clientName: options.clientName,
    clientVersion: options.clientVersion,
    ...(options.detachTtlMs === undefined ? {} : { wishedDetachTtlMs: options.detachTtlMs }),
  };
  try {
    return await callUnary<OpenResponse__Output>(`Executor ${name}`, options.signal, (done) =>
      channel.session.openSession(request, channel.metadata(), { deadline: Date.now() + timeoutMs }, done),
    );
  } catch (error) {
    throw explainOpenFailure(error, options, timeoutMs);
  }
}

function explainOpenFailure(error: unknown, options: ConnectOptions, timeoutMs: number): unknown {
  if (!(error instanceof FairleadError)) return error;
  const name = options.name ?? options.url;
  const details = { executor: name, url: options.url };
  if (error.reason === "executor_unreachable" || error.code === "deadline_exceeded") {
    const how =
      error.code === "deadline_exceeded" ? `no answer within ${timeoutMs} ms` : innermost(error.message);
    return new FairleadError(
      "unavailable",
      `Executor ${name} at ${options.url} cannot be reached: ${how}. Is fairlead-executor running there?`,
      { cause: error, reason: "executor_unreachable", effect: "none", details },
    );
  }
  return new FairleadError(error.code, `Executor ${name}: ${error.message}`, {
    cause: error,
    reason: error.reason ?? "executor_unreachable",
    effect: error.effect,
    details: { ...details, ...error.details },
  });
}

/** The transport wraps the system's message in its own; people need the system's. */
function innermost(message: string): string {
  return /Last error: (?:Error: )?(.*?)(?:\. Resolution note:.*)?$/.exec(message)?.[1] ?? message;
}

class Session implements ExecutorSession, SessionHandle {
  readonly name: string;
  readonly machine: ExecutorMachine;
  readonly limits: ExecutorLimits;
  readonly grantedDetachTtlMs: number;
  readonly channel: Channel;
  readonly what: string;
  readonly launcher: Launcher = { launch: (spec, options) => this.#launch(spec, options) };
  readonly #lost = createDeferred<FairleadError>();
  readonly lost = this.#lost.promise;
  readonly #listeners = new Set<(error: FairleadError) => void>();
  readonly #ref: { readonly sessionId: string; readonly epoch: number };
  readonly #lease: ReturnType<typeof keepLease>;
  #state: SessionState = { state: "connected" };
  #closing: Promise<StopReport> | undefined;

  constructor(channel: Channel, opened: OpenResponse__Output, name: string) {
    this.name = name;
    this.what = `Executor ${name}`;
    this.channel = channel;
    this.limits = opened.limits == null ? defaultExecutorLimits : fromLimitsMessage(opened.limits);
    if (opened.machine == null || opened.resumeToken == null) {
      throw new FairleadError("protocol", `${this.what} left out what it must tell when a session opens`);
    }
    this.machine = fromMachineMessage(opened.machine);
    this.grantedDetachTtlMs = opened.grantedDetachTtlMs;
    this.#ref = { sessionId: opened.resumeToken.sessionId, epoch: opened.epoch };
    this.#lease = keepLease(channel.session.lease(this.metadata()), {
      heartbeatMs: this.limits.heartbeatMs,
      heartbeatsMissed: this.limits.heartbeatsMissed,
      executorName: name,
      onLost: (error) => this.#lose(error),
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  metadata(): ReturnType<Channel["metadata"]> {
    return this.channel.metadata(this.#ref);
  }

  heard(): void {
    this.#lease.heard();
  }

  onLost(listener: (error: FairleadError) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  lostError(how: string, cause?: unknown): FairleadError {
    if (this.#state.state === "lost") return this.#state.error;
    return new FairleadError("unavailable", `The session with executor ${this.name} was lost: ${how}`, {
      cause,
      reason: "session_lost",
      details: { executor: this.name },
    });
  }

  async guard<T>(call: (what: string) => Promise<T>): Promise<T> {
    this.#assertConnected();
    try {
      return await call(this.what);
    } catch (error) {
      if (error instanceof FairleadError && error.reason === "executor_unreachable") {
        throw this.lostError("the connection broke", error);
      }
      throw error;
    }
  }

  describe(): Promise<ExecutorDescription> {
    return describeExecutor(this);
  }

  close(times?: Partial<StopTimes>): Promise<StopReport> {
    this.#closing ??= this.#close(times);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #launch(spec: LaunchSpec, options: LaunchOptions): Promise<LaunchedProcess> {
    const processId = createId("p");
    const request = toStartRequest(spec, { opId: createId("o"), processId });
    const started = await this.guard((what) =>
      callUnary<StartResponse__Output>(what, options.signal, (done) =>
        this.channel.process.start(request, this.metadata(), done),
      ),
    ).catch((error: unknown) => {
      // A cancelled start may have started it all the same; nobody would ever stop it.
      if (options.signal?.aborted === true) this.#stopQuietly(processId);
      throw error;
    });
    // The executor grants at most its own window.
    const outputWindowBytes = Math.min(
      spec.outputWindowBytes ?? this.limits.windowBytes,
      this.limits.windowBytes,
    );
    const process = new RemoteProcess(this, { processId, ...started, outputWindowBytes }, options.onOutput);
    if (options.signal?.aborted !== true) return process;
    await process.stop({ stdinGraceMs: 0, termGraceMs: 0 });
    throw new FairleadError("canceled", `${this.what}: the launch was cancelled`);
  }

  #stopQuietly(processId: string): void {
    const request = { opId: createId("o"), processId, stopTimes: { stdinGraceMs: 0, termGraceMs: 0 } };
    this.channel.process.stop(request, this.metadata(), () => {});
  }

  async #close(times: Partial<StopTimes> | undefined): Promise<StopReport> {
    if (this.#state.state === "lost") {
      this.channel.close();
      throw this.#state.error;
    }
    const request = { opId: createId("o"), stopTimes: toStopTimesMessage(times) };
    try {
      const { report } = await this.guard((what) =>
        callUnary<CloseResponse__Output>(what, undefined, (done) =>
          this.channel.session.closeSession(request, this.metadata(), done),
        ),
      );
      return fromStopReportMessage(report);
    } finally {
      this.#lease.end();
      if (this.#state.state === "connected") {
        this.#state = { state: "closed" };
        this.#tellListeners(this.#closedError());
      }
      this.channel.close();
    }
  }

  #assertConnected(): void {
    if (this.#state.state === "lost") throw this.#state.error;
    if (this.#state.state === "closed") throw this.#closedError();
  }

  #closedError(): FairleadError {
    return new FairleadError("unavailable", `The session with executor ${this.name} is closed`, {
      reason: "session_lost",
      effect: "none",
    });
  }

  #lose(error: FairleadError): void {
    // While a close is under way its own answer decides; the executor ends the lease on the way.
    if (this.#state.state !== "connected" || this.#closing !== undefined) return;
    this.#state = { state: "lost", error };
    this.#tellListeners(error);
    this.#lost.resolve(error);
    this.channel.close();
  }

  #tellListeners(error: FairleadError): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(error);
  }
}
