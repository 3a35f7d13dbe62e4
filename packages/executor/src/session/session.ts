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
} from "@fairlead/core";
import { HostedProcess } from "../process/hosted-process.js";
import { AnswerMemory } from "./answer-memory.js";
import { mergeStopReports } from "./merge-stop-reports.js";

/** Ended processes are kept until they are stopped, for what they left behind; this many times the limit at most. */
const unstoppedFactor = 4;

/** What a session is made of. */
export interface SessionOptions {
  readonly principal: string;
  readonly clientName: string;
  readonly detachTtlMs: number;
  readonly limits: ExecutorLimits;
  readonly launcher: Launcher;
  /** Called once after the session stopped everything that it had. */
  readonly onEnded: (session: Session) => void;
}

type SessionState =
  | { readonly state: "held"; readonly release: (displacement?: FairleadError) => void }
  | { readonly state: "detached"; readonly timer: NodeJS.Timeout }
  | { readonly state: "ended"; readonly report: Promise<StopReport> };

/** The processes of one client, kept while it holds the lease and for the detach TTL after it lost it. */
export class Session {
  readonly id = createId("s");
  readonly secret = randomBytes(32);
  readonly principal: string;
  readonly clientName: string;
  readonly detachTtlMs: number;
  readonly answers: AnswerMemory;
  readonly #options: SessionOptions;
  readonly #processes = new Map<string, HostedProcess>();
  readonly #starting = new Set<string>();
  readonly #abort = new AbortController();
  #epoch = 1;
  #state: SessionState;
  #heardAtMs = performance.now();

  constructor(options: SessionOptions) {
    this.principal = options.principal;
    this.clientName = options.clientName;
    this.detachTtlMs = options.detachTtlMs;
    this.answers = new AnswerMemory(options.limits.rememberedAnswers);
    this.#options = options;
    this.#state = this.#detachedState();
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** When the client was last heard from, on the monotonic clock, in milliseconds. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  get processes(): readonly HostedProcess[] {
    return [...this.#processes.values()];
  }

  /** Those that have not ended by themselves. */
  get runningCount(): number {
    return this.processes.filter((process) => process.exit === undefined).length;
  }

  /** Any sign of life of the client counts. */
  heard(): void {
    this.#heardAtMs = performance.now();
  }

  /** Tells whether a resume token's secret is this session's, in constant time. */
  hasSecret(secret: Uint8Array): boolean {
    return secret.length === this.secret.length && timingSafeEqual(secret, this.secret);
  }

  /**
   * Gives the session to a new attachment; whoever holds it now is displaced.
   * @throws FairleadError `unavailable` if it has ended
   */
  advanceEpoch(): void {
    if (this.#state.state === "ended") throw unknownSession(this.id);
    this.#epoch += 1;
    this.heard();
    if (this.#state.state === "held") this.#state.release(displaced(this.id));
    else clearTimeout(this.#state.timer);
    this.#state = this.#detachedState();
  }

  /**
   * Holds the session for one lease stream.
   * @param release called when a newer attachment takes over, or the session ends
   * @returns the function that lets go: from then on the TTL runs
   */
  hold(release: (displacement?: FairleadError) => void): () => void {
    if (this.#state.state === "ended") throw unknownSession(this.id);
    if (this.#state.state === "held") this.#state.release(displaced(this.id));
    else clearTimeout(this.#state.timer);
    const held: SessionState = { state: "held", release };
    this.#state = held;
    this.heard();
    return () => {
      if (this.#state === held) this.#state = this.#detachedState();
    };
  }

  /** @throws FairleadError of the launcher, `already_exists`, or `resource_exhausted` */
  async start(processId: string, spec: LaunchSpec): Promise<HostedProcess> {
    if (this.#state.state === "ended") throw unknownSession(this.id);
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
    const { limits, launcher } = this.#options;
    const running = this.runningCount + this.#starting.size;
    if (
      running >= limits.processesPerSession ||
      this.#processes.size >= limits.processesPerSession * unstoppedFactor
    ) {
      throw new FairleadError(
        "resource_exhausted",
        `This session has ${limits.processesPerSession} processes, which is its limit. Stop some first.`,
        { reason: "limit_reached", effect: "none", details: { limit: limits.processesPerSession } },
      );
    }
    this.#starting.add(processId);
    try {
      const signal = this.#abort.signal;
      const process = await HostedProcess.start(processId, spec, { launcher, limits, signal });
      if (signal.aborted) {
        await process.stop("stopped", { stdinGraceMs: 0, termGraceMs: 0 });
        throw unknownSession(this.id);
      }
      this.#processes.set(processId, process);
      return process;
    } finally {
      this.#starting.delete(processId);
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

  /** Stops one process and forgets it; what it wrote can still be read by whoever is attached. */
  async stopProcess(processId: string, times: Partial<StopTimes>): Promise<StopReport> {
    const process = this.find(processId);
    const report = await process.stop("stopped", times);
    if (report.survived.length === 0) this.#processes.delete(processId);
    return report;
  }

  /** Stops everything; the first reason wins, and a later call gets the same report. */
  async end(reason: ExitReason, times?: Partial<StopTimes>): Promise<StopReport> {
    if (this.#state.state === "ended") {
      if (times !== undefined) for (const process of this.processes) void process.stop(reason, times);
      return this.#state.report;
    }
    const former = this.#state;
    const report = this.#stopAll(reason, times);
    this.#state = { state: "ended", report };
    this.#abort.abort();
    if (former.state === "detached") clearTimeout(former.timer);
    const outcome = await report;
    // The holder goes last, so that it is told how its processes ended before its stream ends.
    if (former.state === "held") former.release();
    this.#options.onEnded(this);
    return outcome;
  }

  async #stopAll(reason: ExitReason, times: Partial<StopTimes> | undefined): Promise<StopReport> {
    return mergeStopReports(await Promise.all(this.processes.map((process) => process.stop(reason, times))));
  }

  #detachedState(): SessionState {
    const timer = setTimeout(() => void this.end("lease_expired"), this.detachTtlMs);
    return { state: "detached", timer };
  }
}

/** The error for a session that is over, or never was. */
export function unknownSession(id: string): FairleadError {
  return new FairleadError("unavailable", `The executor has no session ${id} (any more)`, {
    reason: "session_unknown",
    effect: "none",
  });
}

function displaced(id: string): FairleadError {
  return new FairleadError("unavailable", `A newer connection took over session ${id}`, {
    reason: "session_displaced",
  });
}
