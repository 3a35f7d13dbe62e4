import { randomBytes, timingSafeEqual } from "node:crypto";
import {
  createId,
  type ExecutorLimits,
  type ExitReason,
  FairleadError,
  type Launcher,
  type LaunchSpec,
  type StopReport,
  type StopTimes,
  toFairleadError,
} from "@fairlead/core";
import { OpenRequests } from "../http/open-requests.js";
import { HostedProcess } from "../process/hosted-process.js";
import { AnswerMemory } from "./answer-memory.js";
import { checkStart } from "./check-start.js";
import { failedStopReport, mergeStopReports } from "./merge-stop-reports.js";
import { ResumeAttempts } from "./resume-attempts.js";
import {
  displacedSession,
  endedSession,
  tooManyKept,
  tooManyRunning,
  unknownSession,
} from "./session-errors.js";
import { startDetachTimer } from "./start-detach-timer.js";
import { unstoppedFactor, WindowBudget } from "./window-budget.js";

/** What a session is made of. */
export interface SessionOptions {
  readonly principal: string;
  readonly clientName: string;
  readonly detachTtlMs: number;
  readonly limits: ExecutorLimits;
  readonly launcher: Launcher;
  /** Called once after the session stopped everything that it had. */
  readonly onEnded: (session: Session) => void;
  /** Told about failures that are bugs of ours or of the system. @default ignored */
  readonly onProblem?: ProblemListener | undefined;
}

/** Told what failed where nobody waits for an answer. */
export type ProblemListener = (error: FairleadError, where: string) => void;

/** Whoever holds a session. */
export interface SessionHolder {
  /** Called when a newer attachment takes over, or the session ends. */
  release(displacement?: FairleadError): void;
  /** Told about every sign of life of the client, on whatever connection. */
  heard(): void;
}

interface Detached {
  readonly state: "detached";
  /** Ends the wait for its client. */
  readonly cancel: () => void;
}

type SessionState =
  | { readonly state: "held"; readonly holder: SessionHolder }
  | Detached
  | { readonly state: "ended"; readonly report: Promise<StopReport> };

/** The processes of one client, kept while it holds the lease and for the detach TTL after it lost it. */
export class Session {
  readonly id = createId("s");
  readonly secret = randomBytes(32);
  readonly principal: string;
  readonly clientName: string;
  readonly detachTtlMs: number;
  readonly answers: AnswerMemory;
  readonly requests: OpenRequests;
  readonly fileStreams: OpenRequests;
  readonly #options: SessionOptions;
  readonly #problemListener: ProblemListener;
  readonly #processes = new Map<string, HostedProcess>();
  readonly #starting = new Map<string, Promise<HostedProcess>>();
  #forgetting: Promise<void> | undefined;
  readonly #abort = new AbortController();
  readonly #windows: WindowBudget;
  readonly #attachments = new Set<(displacement: FairleadError) => void>();
  readonly #resumeAttempts = new ResumeAttempts();
  /** What ending those found that a start brought to life when the session had ended already. */
  readonly #lateReports: StopReport[] = [];
  #epoch = 1;
  #state: SessionState;

  constructor(options: SessionOptions) {
    this.principal = options.principal;
    this.clientName = options.clientName;
    this.detachTtlMs = options.detachTtlMs;
    this.answers = new AnswerMemory(options.limits.rememberedAnswers);
    this.requests = new OpenRequests(options.limits.httpRequestsPerSession);
    this.fileStreams = new OpenRequests(options.limits.fileStreamsPerSession, "file streams");
    this.#options = options;
    this.#problemListener = options.onProblem ?? (() => {});
    this.#windows = new WindowBudget(options.limits);
    this.#state = this.#detachedState();
  }

  get epoch(): number {
    return this.#epoch;
  }

  get processes(): readonly HostedProcess[] {
    return [...this.#processes.values()];
  }

  /** Those that have not ended by themselves. */
  get runningCount(): number {
    return this.processes.filter((process) => process.exit === undefined).length;
  }

  /** Whether its end has begun: from then on nobody can hold it, and nothing starts. */
  get hasEnded(): boolean {
    return this.#state.state === "ended";
  }

  /** Any sign of life of the client counts. */
  heard(): void {
    if (this.#state.state === "held") this.#state.holder.heard();
  }

  /** Tells whether a resume token's secret is this session's, in constant time. */
  hasSecret(secret: Uint8Array): boolean {
    return secret.length === this.secret.length && timingSafeEqual(secret, this.secret);
  }

  /**
   * Gives the session to a new connection; whoever holds it now, and every reader of its processes, is displaced.
   * @param attempt which try of the client this is; one that a later one overtook on the way is refused
   * @param client names the client that counts the tries: those of another one are newer, whatever their number
   * @throws FairleadError `unavailable` if it has ended, or was resumed by a later try
   */
  advanceEpoch(attempt: number, client = ""): void {
    const former = this.#state;
    if (former.state === "ended") throw unknownSession(this.id);
    if (!this.#resumeAttempts.isNewest(client, attempt)) throw displacedSession(this.id);
    this.#epoch += 1;
    this.#leaveFor(former, this.#detachedState());
    for (const end of this.#attachments) end(displacedSession(this.id));
    this.requests.endAll(displacedSession(this.id));
    this.fileStreams.endAll(displacedSession(this.id));
    for (const process of this.#processes.values()) process.forgetGenerations();
  }

  /**
   * Holds the session for one lease stream.
   * @returns the function that lets go: from then on the TTL runs
   */
  hold(holder: SessionHolder): () => void {
    const former = this.#state;
    if (former.state === "ended") throw unknownSession(this.id);
    const held: SessionState = { state: "held", holder };
    this.#leaveFor(former, held);
    return () => {
      if (this.#state === held) this.#state = this.#detachedState();
    };
  }

  /** The former holder is told after the change: one that lets go when it is told must not start another TTL. */
  #leaveFor(former: Exclude<SessionState, { state: "ended" }>, next: SessionState): void {
    this.#state = next;
    if (former.state === "held") former.holder.release(displacedSession(this.id));
    else former.cancel();
  }

  /** Registers what ends a reader of this connection when a newer one takes over. @returns takes it back */
  onDisplaced(end: (displacement: FairleadError) => void): () => void {
    this.#attachments.add(end);
    return () => this.#attachments.delete(end);
  }

  /** @throws FairleadError of the launcher, `usage`, `already_exists`, or `resource_exhausted` */
  async start(processId: string, spec: LaunchSpec): Promise<HostedProcess> {
    if (this.#state.state === "ended") throw unknownSession(this.id);
    checkStart(processId, spec);
    if (processId === "" || this.#processes.has(processId) || this.#starting.has(processId)) {
      throw new FairleadError(
        "already_exists",
        `The process id ${JSON.stringify(processId)} is taken or empty`,
        {
          reason: "id_reused",
          effect: "none",
        },
      );
    }
    const { processesPerSession } = this.#options.limits;
    if (this.runningCount + this.#starting.size >= processesPerSession)
      throw tooManyRunning(processesPerSession);
    const starting = this.#startWithin(processId, spec);
    this.#starting.set(processId, starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(processId);
    }
  }

  async #startWithin(processId: string, spec: LaunchSpec): Promise<HostedProcess> {
    const mostKept = this.#options.limits.processesPerSession * unstoppedFactor;
    if (this.#processes.size + this.#starting.size >= mostKept) {
      await this.#forgetEnded();
      // By now this start is itself among those that are starting.
      if (this.#processes.size + this.#starting.size > mostKept) throw tooManyKept(mostKept);
    }
    const windows = this.#windows.grant({
      outputBytes: spec.outputWindowBytes,
      isTerminal: spec.stdio?.mode === "pty",
    });
    try {
      const { launcher } = this.#options;
      const { signal } = this.#abort;
      const process = await HostedProcess.start(processId, spec, {
        launcher,
        windows,
        signal,
        onExited: () => this.#windows.giveBackInput(windows),
        onProblem: this.#problemListener,
      });
      if (signal.aborted) {
        this.#lateReports.push(
          await this.#stopSurely(process, "stopped", { stdinGraceMs: 0, termGraceMs: 0 }),
        );
        process.retire();
        throw unknownSession(this.id);
      }
      this.#processes.set(processId, process);
      return process;
    } catch (error) {
      this.#windows.giveBack(windows);
      throw error;
    }
  }

  /** @throws FairleadError `not_found` */
  find(processId: string): HostedProcess {
    const process = this.#processes.get(processId);
    if (process !== undefined) return process;
    throw new FairleadError("not_found", `This session has no process ${JSON.stringify(processId)}`, {
      reason: "process_unknown",
      effect: "none",
    });
  }

  /** Stops one process. It is forgotten once its client has seen how it ended, so that a cut link loses nothing of that. */
  async stopProcess(processId: string, times: Partial<StopTimes>): Promise<StopReport> {
    // A client that gave its start up may be quicker than the start.
    await this.#starting.get(processId)?.catch(() => {});
    const process = this.find(processId);
    const report = await process.stop("stopped", times);
    this.forgetSettled(process);
    return report;
  }

  /** Forgets a process that nobody will ask for again, and what it left behind. */
  forgetSettled(process: HostedProcess): void {
    if (process.isEndSeen) this.#windows.giveBack(process.windows);
    if (process.isSettled) this.#forget(process);
  }

  /** Forgets, all at once, those that ended as their client has seen and left nothing that a stop could end. */
  #forgetEnded(): Promise<void> {
    const forgetIfEmpty = async (process: HostedProcess): Promise<void> => {
      if (process.isEndSeen && (await process.hasLeftNothing())) this.#forget(process);
    };
    // One whose tree cannot be read now is kept, and the next start looks again.
    this.#forgetting ??= Promise.allSettled(this.processes.map(forgetIfEmpty)).then(() => {
      this.#forgetting = undefined;
    });
    return this.#forgetting;
  }

  #forget(process: HostedProcess): void {
    if (!this.#processes.delete(process.id)) return;
    this.#windows.giveBack(process.windows);
    process.retire();
  }

  /**
   * Stops everything, also what is just being started; the first reason wins, and a later call gets the same report. It
   * never fails: a tree whose end failed counts as survived, with the failure among the blind spots.
   */
  async end(reason: ExitReason, times?: Partial<StopTimes>): Promise<StopReport> {
    if (this.#state.state === "ended") {
      // A close in good time must not keep an executor from going, or one in a hurry.
      if (times !== undefined || reason !== "stopped")
        for (const process of this.processes) void this.#stopSurely(process, reason, times);
      return this.#state.report;
    }
    const former = this.#state;
    const report = this.#stopAll(reason, times);
    this.#state = { state: "ended", report };
    this.#abort.abort();
    this.requests.endAll(endedSession(this.id));
    this.fileStreams.endAll(endedSession(this.id));
    if (former.state === "detached") former.cancel();
    const outcome = await report;
    try {
      // The holder goes last, so that it is told how its processes ended before its stream ends.
      if (former.state === "held") former.holder.release();
    } finally {
      this.#options.onEnded(this);
      for (const process of this.#processes.values()) process.retire();
      this.#processes.clear();
    }
    return outcome;
  }

  async #stopAll(reason: ExitReason, times: Partial<StopTimes> | undefined): Promise<StopReport> {
    const starting = [...this.#starting.values()];
    const reports = await Promise.all(
      this.processes.map((process) => this.#stopSurely(process, reason, times)),
    );
    await Promise.allSettled(starting);
    return mergeStopReports([...reports, ...this.#lateReports]);
  }

  async #stopSurely(
    process: HostedProcess,
    reason: ExitReason,
    times: Partial<StopTimes> | undefined,
  ): Promise<StopReport> {
    try {
      return await process.stop(reason, times);
    } catch (cause) {
      const error = toFairleadError(cause);
      this.#problemListener(error, `stopping pid ${process.pid}`);
      return failedStopReport(process, error);
    }
  }

  #detachedState(): Detached {
    return {
      state: "detached",
      cancel: startDetachTimer({
        ttlMs: this.detachTtlMs,
        toleranceMs: this.#options.limits.heartbeatMs,
        onExpired: () => {
          this.end("lease_expired").catch((error: unknown) =>
            this.#problemListener(toFairleadError(error), "ending a session"),
          );
        },
      }),
    };
  }
}
