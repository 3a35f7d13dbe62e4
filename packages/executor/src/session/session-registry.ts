import {
  type ExecutorLimits,
  type ExitReason,
  FairleadError,
  type Launcher,
  type LaunchSpec,
  type StopReport,
  type StopTimes,
  toFairleadError,
} from "@fairlead/core";
import type { SessionRef } from "@fairlead/wire";
import type { HostedProcess } from "../process/hosted-process.js";
import { mergeStopReports } from "./merge-stop-reports.js";
import { type ProblemListener, Session } from "./session.js";
import { unknownSession } from "./session-errors.js";

/** Who wants a session, and for how long it should outlive its connection. */
export interface OpenSessionRequest {
  readonly principal: string;
  readonly clientName: string;
  readonly detachTtlMs: number;
}

/** What a client shows to get its session back. */
export interface ResumeRequest {
  readonly sessionId: string;
  readonly secret: Uint8Array;
  /** Counts up with every try. */
  readonly attempt: number;
  /** Names the client that counts. */
  readonly client: string;
}

/** Ended sessions that are remembered, so that a close whose answer was lost can be repeated. */
const rememberedEndings = 64;

/** All sessions of one executor. */
export class SessionRegistry {
  readonly limits: ExecutorLimits;
  readonly #launcher: Launcher;
  readonly #onProblem: ProblemListener | undefined;
  readonly #sessions = new Map<string, Session>();
  readonly #ended = new Map<string, Session>();
  #draining = false;
  /** Starts under way: they have no process yet, but will. */
  #starting = 0;

  /** @param onProblem told about failures that no answer tells. @default ignored */
  constructor(limits: ExecutorLimits, launcher: Launcher, onProblem?: ProblemListener) {
    this.limits = limits;
    this.#onProblem = onProblem;
    this.#launcher = launcher;
  }

  get sessions(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  get processCount(): number {
    return this.sessions.reduce((sum, session) => sum + session.runningCount, 0);
  }

  /** Whether everything is being ended. */
  get draining(): boolean {
    return this.#draining;
  }

  /** @throws FairleadError `unavailable` while draining, `resource_exhausted` at the limit */
  open(request: OpenSessionRequest): Session {
    if (this.#draining) {
      throw new FairleadError("unavailable", "This executor is shutting down and takes no new sessions", {
        reason: "executor_draining",
        effect: "none",
      });
    }
    if (this.#sessions.size >= this.limits.sessionsPerExecutor) {
      throw new FairleadError(
        "resource_exhausted",
        `This executor has ${this.limits.sessionsPerExecutor} sessions, which is its limit`,
        { reason: "limit_reached", effect: "none", details: { limit: this.limits.sessionsPerExecutor } },
      );
    }
    const session = new Session({
      ...request,
      limits: this.limits,
      launcher: this.#launcher,
      onEnded: (ended) => this.#remember(ended),
      onProblem: this.#onProblem,
    });
    this.#sessions.set(session.id, session);
    return session;
  }

  /**
   * Gives a session to a new attachment of the principal that opened it. A wrong token and a foreign principal get the
   * same answer as a session that does not exist.
   */
  resume(token: ResumeRequest, principal: string): Session {
    const session = this.#sessions.get(token.sessionId);
    if (session === undefined || session.principal !== principal || !session.hasSecret(token.secret)) {
      throw unknownSession(token.sessionId);
    }
    session.advanceEpoch(token.attempt, token.client);
    return session;
  }

  /**
   * Finds a session to close, of whatever epoch: its client may have lost its connection, or the answer to an earlier
   * close.
   */
  findToClose(ref: SessionRef, principal: string): Session {
    const session = this.#sessions.get(ref.sessionId) ?? this.#ended.get(ref.sessionId);
    if (session === undefined || session.principal !== principal) throw unknownSession(ref.sessionId);
    if (ref.epoch > session.epoch) throw unknownSession(ref.sessionId);
    return session;
  }

  /** The sessions of one principal. */
  sessionsOf(principal: string): readonly Session[] {
    return this.sessions.filter((session) => session.principal === principal);
  }

  /**
   * Finds the session of a call and notes that its client is alive. One whose end has begun is found no more, though its
   * processes may still be leaving.
   */
  find(ref: SessionRef, principal: string): Session {
    const session = this.#sessions.get(ref.sessionId);
    if (session === undefined || session.hasEnded || session.principal !== principal)
      throw unknownSession(ref.sessionId);
    if (ref.epoch !== session.epoch) {
      throw new FairleadError("unavailable", `A newer connection took over session ${session.id}`, {
        reason: "session_displaced",
        effect: "none",
      });
    }
    session.heard();
    return session;
  }

  /** Starts a process of a session within the executor's own limit. */
  async start(session: Session, processId: string, spec: LaunchSpec): Promise<HostedProcess> {
    if (this.processCount + this.#starting >= this.limits.processesPerExecutor) {
      throw new FairleadError(
        "resource_exhausted",
        `This executor runs ${this.limits.processesPerExecutor} processes, which is its limit`,
        { reason: "limit_reached", effect: "none", details: { limit: this.limits.processesPerExecutor } },
      );
    }
    this.#starting += 1;
    try {
      return await session.start(processId, spec);
    } finally {
      this.#starting -= 1;
    }
  }

  #remember(ended: Session): void {
    this.#sessions.delete(ended.id);
    this.#ended.set(ended.id, ended);
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= rememberedEndings) break;
      this.#ended.delete(oldest);
    }
  }

  /** Ends all sessions with everything in them. A session whose end fails does not keep the others from theirs. */
  async endAll(reason: ExitReason, times?: Partial<StopTimes>): Promise<StopReport> {
    this.#draining = true;
    const ends = await Promise.allSettled(this.sessions.map((session) => session.end(reason, times)));
    for (const end of ends)
      if (end.status === "rejected") this.#onProblem?.(toFairleadError(end.reason), "ending a session");
    return mergeStopReports(ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : [])));
  }
}
