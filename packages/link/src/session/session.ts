import {
  createDeferred,
  createId,
  type Deferred,
  defaultExecutorLimits,
  type ExecutorLimits,
  FairleadError,
  type Fetch,
  type Files,
  isFairleadError,
  type Launcher,
  type LaunchFindings,
  type LaunchQuestion,
  type StopReport,
  type StopTimes,
  untilAborted,
} from "@fairlead/core";
import {
  type ExecutorMachine,
  fromLimitsMessage,
  fromMachineMessage,
  type ListedProcess,
  type OpenResponse__Output,
  toStopTimesMessage,
} from "@fairlead/wire";
import type { Channel } from "../channel/channel.js";
import { toSentFailure } from "../channel/sent-failure.js";
import { createRemoteFiles } from "../files/remote-files.js";
import { createRemoteFetch } from "../http/remote-fetch.js";
import { createLauncher } from "../process/launcher.js";
import { closeSession } from "./close-session.js";
import { Connection } from "./connection.js";
import { describeExecutor, type ExecutorDescription } from "./describe-executor.js";
import type { ConnectOptions, ExecutorSession, SessionState } from "./executor-session.js";
import { listProcesses, type ProcessQuery } from "./list-processes.js";
import { probeLaunch } from "./probe-launch.js";
import { recoverSession } from "./recover-session.js";
import type { SessionCall, SessionHandle, SessionMember } from "./session-handle.js";

/** Who started an executor for one session alone. */
export interface ExecutorOwner {
  /** Settles when the executor is gone: then nobody need try to get back to it. */
  readonly exited: Promise<unknown>;
  /** Ends the executor once its session is closed. */
  end(): Promise<void>;
}

/** How a session is set up. */
export interface SessionOptions extends ConnectOptions {
  readonly owner?: ExecutorOwner | undefined;
}

/** A session and everything in it, over as many connections as it takes. */
export class Session implements ExecutorSession, SessionHandle {
  readonly name: string;
  readonly what: string;
  readonly machine: ExecutorMachine;
  readonly limits: ExecutorLimits;
  readonly features: readonly string[];
  readonly grantedDetachTtlMs: number;
  readonly launcher: Launcher;
  readonly fetch: Fetch = createRemoteFetch(this);
  readonly files: Files = createRemoteFiles(this);
  readonly #lost = createDeferred<FairleadError>();
  readonly lost = this.#lost.promise;
  readonly #options: SessionOptions;
  readonly #token: { readonly sessionId: string; readonly secret: Buffer };
  /** Names us where tries to resume are counted. */
  readonly #client = createId("c");
  readonly #members = new Set<SessionMember>();
  readonly #listeners = new Set<(state: SessionState) => void>();
  readonly #abort = new AbortController();
  #state: SessionState = { state: "connecting" };
  #epoch: number;
  #resumeAttempts = 0;
  #connection: Connection | undefined;
  /** Settles when the recovery under way is over, well or not. */
  #recovered: Deferred<void> = createDeferred();
  #closing: Promise<StopReport> | undefined;

  constructor(channel: Channel, opened: OpenResponse__Output, options: SessionOptions) {
    this.name = options.name ?? options.url;
    this.what = `Executor ${this.name}`;
    this.#options = options;
    this.launcher = createLauncher(this, options.labels);
    if (opened.machine == null || opened.resumeToken == null) {
      throw new FairleadError("protocol", `${this.what} left out what it must tell when a session opens`);
    }
    this.limits = opened.limits == null ? defaultExecutorLimits : fromLimitsMessage(opened.limits);
    this.machine = fromMachineMessage(opened.machine);
    this.features = opened.features;
    this.grantedDetachTtlMs = opened.grantedDetachTtlMs;
    this.#token = opened.resumeToken;
    this.#epoch = opened.epoch;
    if (options.onState !== undefined) this.#listeners.add(options.onState);
    this.#adopt(channel, opened.epoch);
    void options.owner?.exited.then(() => {
      if (this.#closing === undefined) this.#lose(this.#lostError("its process ended"));
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  onState(listener: (state: SessionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  join(member: SessionMember): () => void {
    this.#members.add(member);
    if (this.#connection !== undefined) member.connected(this.#connection);
    else if (this.#state.state === "lost") member.ended(this.#state.error);
    else if (this.#state.state === "closed") member.ended(this.#closedError());
    return () => this.#members.delete(member);
  }

  async call<Response>(call: SessionCall<Response>): Promise<Response> {
    const { signal } = call;
    const waits = call.waits === true || this.#options.whileRecovering !== "fail";
    const isGivenUp = (): boolean => signal?.aborted === true;
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        const connection = this.#connection ?? (await this.#nextConnection(waits, signal));
        return await connection.unary<Response>(signal, (done) => call.start(connection, done));
      } catch (error) {
        if (!isFairleadError(error)) throw error;
        const broke = error.reason === "executor_unreachable" && !isGivenUp();
        if (broke && waits) continue;
        // The executor's own answer holds for every try. Whatever else kept us from an answer says nothing of the first one.
        throw isRepeated && (isGivenUp() || this.#connection === undefined) ? toSentFailure(error) : error;
      }
    }
  }

  async connection(signal: AbortSignal | undefined): Promise<Connection> {
    if (this.#closing !== undefined) throw this.#closedError();
    return this.#connection ?? this.#nextConnection(this.#options.whileRecovering !== "fail", signal);
  }

  describe(): Promise<ExecutorDescription> {
    return describeExecutor(this);
  }

  listProcesses(options: ProcessQuery = {}): Promise<readonly ListedProcess[]> {
    return listProcesses(this, options);
  }

  probeLaunch(question: LaunchQuestion): Promise<LaunchFindings> {
    return probeLaunch(this, question);
  }

  close(times?: Partial<StopTimes>): Promise<StopReport> {
    this.#closing ??= this.#close(times);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #adopt(channel: Channel, epoch: number): void {
    this.#epoch = epoch;
    const connection = new Connection(channel, this.#ref(), {
      target: this.#options,
      what: this.what,
      limits: this.limits,
      onOver: (error) => this.#connectionOver(connection, error),
    });
    this.#connection = connection;
    this.#enter({ state: "connected", epoch });
    for (const member of this.#members) member.connected(connection);
  }

  #connectionOver(connection: Connection, error: FairleadError): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    for (const member of this.#members) member.disconnected();
    // While a close is under way its own answer decides; the executor ends the lease on the way.
    if (this.#closing !== undefined) return;
    if (error.reason !== "executor_unreachable") this.#lose(this.#asLoss(error));
    else void this.#recover(error);
  }

  async #recover(broke: FairleadError): Promise<void> {
    this.#recovered = createDeferred();
    this.#enter({ state: "recovering", error: broke });
    const recovered = await recoverSession({
      target: { ...this.#options, signal: this.#abort.signal },
      token: this.#token,
      client: this.#client,
      ttlMs: this.grantedDetachTtlMs,
      nextAttempt: () => (this.#resumeAttempts += 1),
    });
    if (this.#state.state !== "recovering" || this.#closing !== undefined) {
      if (recovered.state === "resumed") recovered.channel.close();
    } else if (recovered.state === "resumed") this.#adopt(recovered.channel, recovered.epoch);
    else this.#lose(this.#asLoss(recovered.error));
    this.#recovered.resolve();
  }

  async #nextConnection(waits: boolean, signal: AbortSignal | undefined): Promise<Connection> {
    while (this.#connection === undefined) {
      const { state } = this;
      if (state.state === "lost") throw state.error;
      if (state.state !== "recovering" || this.#closing !== undefined) throw this.#closedError();
      if (!waits) throw this.#recoveringError(state.error);
      await untilAborted(this.#recovered.promise, signal, this.what);
    }
    return this.#connection;
  }

  async #close(times: Partial<StopTimes> | undefined): Promise<StopReport> {
    if (this.#state.state === "lost") {
      await this.#options.owner?.end();
      throw this.#state.error;
    }
    this.#abort.abort();
    const former = this.#connection;
    try {
      const request = { opId: createId("o"), stopTimes: toStopTimesMessage(times) };
      return await closeSession({
        connection: former,
        target: this.#options,
        ref: this.#ref(),
        what: this.what,
        request,
      });
    } catch (error) {
      throw isFairleadError(error) && error.reason === "executor_unreachable"
        ? this.#lostError("it could not be reached to close it; it ends everything by itself", error)
        : error;
    } finally {
      this.#connection = undefined;
      former?.close();
      this.#recovered.resolve();
      if (this.state.state !== "lost") this.#end({ state: "closed" }, this.#closedError());
      await this.#options.owner?.end();
    }
  }

  #lose(error: FairleadError): void {
    if (this.#state.state === "lost" || this.#state.state === "closed") return;
    this.#abort.abort();
    const connection = this.#connection;
    this.#connection = undefined;
    this.#end({ state: "lost", error }, error);
    this.#lost.resolve(error);
    connection?.close();
    // What it ran for is over. Whoever closes the session waits for its end; its failure is theirs to see.
    this.#options.owner?.end().catch(() => {});
  }

  #end(state: SessionState, error: FairleadError): void {
    this.#enter(state);
    const members = [...this.#members];
    this.#members.clear();
    for (const member of members) member.ended(error);
    this.#listeners.clear();
  }

  #enter(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  #ref(): { sessionId: string; epoch: number } {
    return { sessionId: this.#token.sessionId, epoch: this.#epoch };
  }

  /** Whoever displaced us is told by name; everything else is the one error for a session that is no more. */
  #asLoss(error: FairleadError): FairleadError {
    return error.reason === "session_displaced" ? error : this.#lostError(error.message, error);
  }

  #lostError(how: string, cause?: unknown): FairleadError {
    return new FairleadError("unavailable", `The session with executor ${this.name} was lost: ${how}`, {
      cause,
      reason: "session_lost",
      details: { executor: this.name },
    });
  }

  #recoveringError(cause: FairleadError): FairleadError {
    return new FairleadError("unavailable", `${this.what} is being reconnected; try again in a moment`, {
      cause,
      reason: "executor_unreachable",
      effect: "none",
      details: { executor: this.name },
    });
  }

  #closedError(): FairleadError {
    return new FairleadError("unavailable", `The session with executor ${this.name} is closed`, {
      reason: "session_lost",
      effect: "none",
    });
  }
}
