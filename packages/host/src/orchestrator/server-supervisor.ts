import {
  type FairleadError,
  maxTimerMs,
  type StopReport,
  type StopTimes,
  toFairleadError,
} from "@fairlead/core";
import type { ConnectionHandlers, McpConnection } from "@fairlead/mcp";
import { type FailureFacts, type HostEventHandler, type StopCause, toFailureFacts } from "./host-event.js";
import type { ClientProfile } from "./open-server.js";
import {
  createRestartPolicy,
  type Hindrance,
  type RestartPolicy,
  type RestartTimes,
} from "./restart-policy.js";
import type { ServerDefinition } from "./server-definition.js";
import { needsSomebody, type ServerPhase } from "./server-phase.js";
import { ServerRun } from "./server-run.js";
import type { CopyStatus } from "./server-status.js";
import type { StartGate } from "./start-gate.js";
import { givenUpError, stoppedError } from "./supervision-errors.js";

/** What a supervisor works with. */
export interface ServerSupervisorOptions {
  /** As it is now. */
  readonly definition: () => ServerDefinition;
  readonly gate: StartGate;
  readonly onEvent: HostEventHandler;
  readonly restartTimes: RestartTimes;
  /** On whose behalf it is started, asked at every start. */
  readonly profile: () => ClientProfile;
  readonly handlers: (run: () => ServerRun) => Pick<ConnectionHandlers, "onNotification" | "onRequest">;
  /** Whether somebody would miss it. */
  readonly isWanted: () => boolean;
  /** Milliseconds without a call after which it is stopped; undefined: it is kept. */
  readonly restAfterMs: () => number | undefined;
  /** Told after every start, before the first call. */
  readonly onUp: (run: ServerRun, connection: McpConnection, isRestart: boolean) => void;
  /** Told when the run that new calls went to takes no more. */
  readonly onDown: () => void;
  /** Told when nothing of it runs and nothing is going to be started by itself. */
  readonly onQuiet: () => void;
}

/**
 * Keeps one copy of a server going: starts it when it is needed, again after it was lost, stops it when it is idle and
 * replaces it when it is old. At most one run takes new calls; older ones only finish theirs.
 */
export class ServerSupervisor {
  readonly #options: ServerSupervisorOptions;
  readonly #policy: RestartPolicy;
  readonly #runs = new Set<ServerRun>();
  #phase: ServerPhase = { state: "idle", isAsleep: false };
  #phaseTimer: NodeJS.Timeout | undefined;
  #restTimer: NodeJS.Timeout | undefined;
  #activity = 0;
  #hasBeenUp = false;
  #status: Omit<CopyStatus, "state" | "consumerCount" | "toolCount" | "instanceCount"> = { restartCount: 0 };
  #closing: Promise<readonly StopReport[]> | undefined;

  constructor(options: ServerSupervisorOptions) {
    this.#options = options;
    this.#policy = createRestartPolicy(options.restartTimes);
  }

  /** The connection, if it is up now. */
  get connection(): McpConnection | undefined {
    return this.#phase.state === "ready" ? this.#phase.connection : undefined;
  }

  /** Whether new calls go to this run. */
  isCurrent(run: ServerRun): boolean {
    const phase = this.#phase;
    return (phase.state === "ready" || phase.state === "starting") && phase.run === run;
  }

  /** Whether it was neither tried nor stopped for being idle. */
  get isUntried(): boolean {
    return this.#phase.state === "idle" && !this.#phase.isAsleep;
  }

  get status(): Omit<CopyStatus, "consumerCount" | "toolCount"> {
    const { state } = this.#phase;
    return { ...this.#status, state: state === "closed" ? "idle" : state, instanceCount: this.#runs.size };
  }

  /**
   * Starts it, waits for a start under way, or gives the run that is up.
   * @param isNewTry whether a start that failed before is tried again
   * @throws FairleadError of the start, at once if it failed too often
   */
  async up(isNewTry: boolean): Promise<ServerRun> {
    const phase = this.#phase;
    if (phase.state === "ready") return phase.run;
    if (phase.state === "starting") return phase.up;
    if (phase.state === "closed") throw stoppedError(this.#options.definition().name);
    // How often a server is tried that was never up must not depend on how often somebody looks at it.
    const isTriedLater = phase.state === "failed" || (phase.state === "restarting" && !this.#hasBeenUp);
    if (isTriedLater && !isNewTry) throw phase.error;
    const nowMs = performance.now();
    if (phase.state === "broken" && this.#policy.openForMs(nowMs) > 0) throw phase.error;
    if ("error" in phase && this.#policy.hinderedForMs(nowMs) > 0) throw phase.error;
    return this.#start("asked-start");
  }

  /** Notes that it is needed. @returns notes that it is needed no longer */
  occupy(): () => void {
    this.#activity += 1;
    clearTimeout(this.#restTimer);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#activity -= 1;
      if (this.#activity === 0) this.reconsider();
    };
  }

  /** Looks anew whether somebody wants it, and how long it is kept. */
  reconsider(): void {
    clearTimeout(this.#restTimer);
    const { state } = this.#phase;
    if (state === "restarting" || state === "broken" || state === "failed" || state === "idle") {
      if (this.#options.isWanted()) return;
      if (state === "restarting") this.#become({ state: "idle", isAsleep: false });
      else clearTimeout(this.#phaseTimer);
      return this.#options.onQuiet();
    }
    const restAfterMs = this.#options.restAfterMs();
    if (state !== "ready" || this.#activity > 0 || restAfterMs === undefined) return;
    this.#restTimer = unrefTimer(() => this.#rest(), restAfterMs);
  }

  /** Goes by limits of time that may be others than before. */
  redefined(): void {
    const phase = this.#phase;
    // Whoever changed it may have mended what it failed of.
    if (phase.state === "restarting" && !this.#hasBeenUp) return this.#tryAgain();
    if (phase.state === "ready") {
      const { maxLifetimeMs } = this.#options.definition();
      const retire = (): void => this.#retire(phase.run, "lifetime");
      clearTimeout(this.#phaseTimer);
      if (maxLifetimeMs !== undefined) {
        this.#phaseTimer = unrefTimer(retire, Math.max(0, maxLifetimeMs - phase.run.ageMs));
      }
    }
    this.reconsider();
  }

  /**
   * Forgets earlier failures and starts it anew; calls under way are finished by the former run. A start under way is given
   * up, as what it goes by may be true no longer; whoever waits for it gets the new one.
   * @throws FairleadError of the start
   */
  async restart(): Promise<void> {
    this.#policy.reset();
    const phase = this.#phase;
    if (phase.state === "ready") this.#retire(phase.run, "restart");
    else if (phase.state === "starting") this.#giveUp(phase.run);
    if (this.#phase.state !== "closed" && this.#options.isWanted()) await this.up(true);
  }

  /** Stops everything of it, for good. Calling it again gives the same reports. */
  close(times?: Partial<StopTimes>): Promise<readonly StopReport[]> {
    this.#closing ??= this.#close(times);
    return this.#closing;
  }

  async #close(times?: Partial<StopTimes>): Promise<readonly StopReport[]> {
    const runs = [...this.#runs];
    this.#become({ state: "closed" });
    clearTimeout(this.#restTimer);
    const outcomes = await Promise.allSettled(runs.map((run) => run.close(times)));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? (outcome.value ?? []) : []));
  }

  #start(what: Hindrance): Promise<ServerRun> {
    const { gate, onEvent, profile, handlers } = this.#options;
    const definition = this.#options.definition();
    const server = definition.name;
    const startedAtMs = performance.now();
    const run: ServerRun = new ServerRun({
      definition,
      gate,
      profile: profile(),
      onStarting: () => onEvent({ type: "starting", server, executor: definition.executor }),
      onLost: ({ error }) => this.#lost(run, error),
      handlers: {
        ...handlers(() => run),
        onStderr: (line) => onEvent({ type: "stderr", server, line }),
        onWarning: (text) => onEvent({ type: "warning", server, text }),
      },
    });
    this.#runs.add(run);
    const up = run.started.then(
      (connection) => this.#cameUp(run, connection, startedAtMs),
      (error: unknown) => this.#startFailed(run, toFairleadError(error), what),
    );
    up.catch(() => {});
    this.#become({ state: "starting", run, up });
    return up;
  }

  #cameUp(run: ServerRun, connection: McpConnection, startedAtMs: number): ServerRun | Promise<ServerRun> {
    const { onEvent, onUp } = this.#options;
    const server = this.#options.definition().name;
    const phase = this.#phase;
    if (phase.state !== "starting" || phase.run !== run) {
      if (phase.state === "closed") onEvent({ type: "cancelled", server });
      return this.#successor(stoppedError(server));
    }
    const isRestart = this.#hasBeenUp;
    this.#hasBeenUp = true;
    this.#status = { ...this.#status, era: connection.era, transport: run.transport };
    if (this.#policy.recovered(performance.now())) onEvent({ type: "breaker-closed", server });
    this.#become({ state: "ready", run, connection });
    onUp(run, connection, isRestart);
    onEvent({ type: "ready", server, elapsedMs: performance.now() - startedAtMs });
    this.redefined();
    return run;
  }

  #startFailed(run: ServerRun, error: FairleadError, what: Hindrance): Promise<ServerRun> | ServerRun {
    this.#runs.delete(run);
    const { onEvent } = this.#options;
    const server = this.#options.definition().name;
    if (this.#phase.state === "closed") {
      onEvent({ type: "cancelled", server });
      throw error;
    }
    if (run.isEnding) return this.#successor(error);
    onEvent({ type: "failed", server, ...toFailureFacts(error) });
    this.#recover(error, what);
    throw error;
  }

  /** What whoever waited for a start that was given up gets in its place. @throws FairleadError, this one if there is nothing */
  #successor(error: FairleadError): Promise<ServerRun> | ServerRun {
    const phase = this.#phase;
    if (phase.state === "starting") return phase.up;
    if (phase.state === "ready") return phase.run;
    throw "error" in phase ? phase.error : error;
  }

  #lost(run: ServerRun, error: FairleadError): void {
    const { onEvent, onDown } = this.#options;
    const wasCurrent = this.isCurrent(run);
    onEvent({ type: "lost", server: this.#options.definition().name, ...toFailureFacts(error) });
    // What is left of its tree is still being stopped: whoever closes this waits for that.
    void this.#end(run);
    if (!wasCurrent) return;
    onDown();
    this.#recover(error, "run");
  }

  /** Decides what follows a failure. @param what failed */
  #recover(error: FairleadError, what: Hindrance): void {
    const { onEvent, isWanted, restartTimes } = this.#options;
    const definition = this.#options.definition();
    const facts = toFailureFacts(error);
    this.#status = { ...this.#status, lastFailure: toServerFailure(facts) };
    // A machine that is away says nothing about the server, and comes back when it comes back.
    const isHindered = facts.reason === "executor_unavailable";
    const nowMs = performance.now();
    const pauseMs = isHindered ? this.#policy.hindered(nowMs, what) : this.#policy.failed(nowMs);
    const isMissed = isWanted() && !needsSomebody(facts.reason, this.#hasBeenUp);
    const server = definition.name;
    if (this.#policy.isOpen && !isHindered) {
      const { failureCount } = this.#policy;
      const broken = givenUpError(definition, { failureCount, probeInMs: pauseMs, facts, restartTimes });
      this.#become({ state: "broken", error: broken });
      onEvent({ type: "breaker-open", server, failureCount, probeInMs: pauseMs, error });
    } else if (isMissed) {
      this.#become({ state: "restarting", error });
      onEvent({ type: "restarting", server, attempt: this.#policy.failureCount, pauseMs });
    } else this.#become({ state: "failed", error });
    if (!isWanted()) return this.#options.onQuiet();
    if (isMissed) this.#phaseTimer = unrefTimer(() => this.#tryAgain(), pauseMs);
  }

  #tryAgain(): void {
    const { state } = this.#phase;
    if ((state !== "restarting" && state !== "broken") || !this.#options.isWanted()) return;
    if (this.#hasBeenUp) this.#status = { ...this.#status, restartCount: this.#status.restartCount + 1 };
    this.#start("own-start").catch(() => {
      // The event told it, and what follows is decided already.
    });
  }

  #rest(): void {
    const phase = this.#phase;
    if (phase.state !== "ready" || this.#activity > 0) return;
    const isWanted = this.#options.isWanted();
    this.#become({ state: "idle", isAsleep: true });
    this.#options.onDown();
    void this.#end(phase.run, isWanted ? "idle" : "released");
    if (!isWanted) this.#options.onQuiet();
  }

  #retire(run: ServerRun, cause: StopCause): void {
    if (!this.isCurrent(run)) return;
    this.#become({ state: "idle", isAsleep: true });
    this.#options.onDown();
    void run.whenIdle().then(() => this.#end(run, cause));
    if (!this.#options.isWanted()) return this.#options.onQuiet();
    this.up(true).catch(() => {
      // The event told it, and what follows is decided already.
    });
  }

  #giveUp(run: ServerRun): void {
    const { onEvent, isWanted, onQuiet } = this.#options;
    this.#become({ state: "idle", isAsleep: false });
    onEvent({ type: "cancelled", server: this.#options.definition().name });
    void this.#end(run);
    if (!isWanted()) onQuiet();
  }

  /** @param cause undefined if it ended by itself, or was never up */
  async #end(run: ServerRun, cause?: StopCause): Promise<void> {
    const { onEvent } = this.#options;
    const server = this.#options.definition().name;
    try {
      await run.close();
      if (cause !== undefined) onEvent({ type: "stopped", server, cause });
    } catch (thrown) {
      onEvent({ type: "warning", server, text: toFairleadError(thrown).message });
    } finally {
      this.#runs.delete(run);
    }
  }

  #become(phase: ServerPhase): void {
    clearTimeout(this.#phaseTimer);
    this.#phaseTimer = undefined;
    this.#phase = phase;
    this.#status = { ...this.#status, sinceMs: Date.now() };
  }
}

function toServerFailure({ reason, message, stderrTail }: FailureFacts): CopyStatus["lastFailure"] {
  return { reason, message, stderrTail, atMs: Date.now() };
}

/** A timer that never keeps a program from ending. */
function unrefTimer(run: () => void, delayMs: number): NodeJS.Timeout {
  return setTimeout(run, Math.min(delayMs, maxTimerMs)).unref();
}
