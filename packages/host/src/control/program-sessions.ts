import {
  conventionOfSpelling,
  createId,
  FairleadError,
  type LaunchSpec,
  type StopReport,
  type StopTimes,
  toPathUri,
} from "@fairlead/core";
import type { CheckedControlParams, ControlResult } from "@fairlead/mcp";
import type { ControlMachine, HostControlOptions } from "./control-options.js";
import { ProgramSession, type SessionOwner } from "./program-session.js";

/** Sessions of one host at once, those included whose end nobody has looked at. */
const maxSessions = 64;

/** Bytes of each stream that the machine may send ahead of whoever listens. */
const outputWindowBytes = 1024 * 1024;

/** A program that nobody waits for gets no long farewell. */
const partingTimes: StopTimes = { stdinGraceMs: 0, termGraceMs: 500 };

/** All programs that run for the embedding hosts of one gateway. Closing ends them. */
export class ProgramSessions {
  readonly #options: HostControlOptions;
  readonly #sessions = new Map<string, ProgramSession>();
  readonly #starting = new Set<Promise<unknown>>();
  readonly #ending = new Set<Promise<unknown>>();
  readonly #left = new WeakSet<SessionOwner>();
  readonly #closing = new AbortController();

  constructor(options: HostControlOptions) {
    this.#options = options;
  }

  /** Starts a program that belongs to the owner. @throws FairleadError of the launcher, or `limit_reached` */
  create(
    params: CheckedControlParams<"fairlead/sessions/create">,
    owner: SessionOwner,
    signal: AbortSignal = this.#closing.signal,
  ): Promise<ControlResult<"fairlead/sessions/create">> {
    const starting = this.#create(params, owner, AbortSignal.any([signal, this.#closing.signal]));
    this.#starting.add(starting);
    void starting.catch(() => {}).finally(() => this.#starting.delete(starting));
    return starting;
  }

  /** Those that the owner may know of, the oldest first. */
  list({ principal }: SessionOwner): readonly ProgramSession[] {
    const all = [...this.#sessions.values()];
    return principal === undefined ? all : all.filter(({ facts }) => facts.principal === principal);
  }

  /** Makes the owner the one who may use the session; whoever listened for the former one is told. */
  connect(sessionId: string, owner: SessionOwner): ProgramSession {
    const session = this.#find(sessionId, owner);
    if (session.owner === owner) return session;
    session.owner = owner;
    session.endListeners({ type: "connectionRevoked" });
    return session;
  }

  /** @throws FairleadError `not_found`, or `forbidden` if it is somebody else's now */
  own(sessionId: string, owner: SessionOwner): ProgramSession {
    const session = this.#find(sessionId, owner);
    if (session.owner === owner) return session;
    const text = `Session ${sessionId} belongs to another connection: connect to it first`;
    throw new FairleadError("forbidden", text, { reason: "session_displaced", effect: "none" });
  }

  /** Ends a session for good. */
  async stop(sessionId: string, owner: SessionOwner): Promise<StopReport> {
    const session = this.own(sessionId, owner);
    const report = await session.stop("stopped");
    this.#sessions.delete(sessionId);
    return report;
  }

  /** The owner has left: its sessions end, save those that are to be kept, which wait for another. */
  async leave(owner: SessionOwner): Promise<void> {
    this.#left.add(owner);
    const own = [...this.#sessions.values()].filter((session) => session.owner === owner);
    const ending = own.map(async (session) => {
      if (!session.facts.keep) return this.#end(session);
      session.owner = undefined;
      session.endListeners({ type: "cancelled", reason: "closed" });
    });
    await Promise.allSettled(ending);
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#starting);
    for (const session of this.#sessions.values()) void this.#end(session).catch(() => {});
    await Promise.allSettled(this.#ending);
  }

  async #create(
    params: CheckedControlParams<"fairlead/sessions/create">,
    owner: SessionOwner,
    signal: AbortSignal,
  ): Promise<ControlResult<"fairlead/sessions/create">> {
    signal.throwIfAborted();
    this.#makeRoom();
    const { executor, program, keep, pty } = params;
    if (this.#options.openLauncher === undefined) {
      const text = "This host runs no programs: it was made without control.openLauncher";
      throw new FairleadError("unavailable", text, { reason: "feature_missing", effect: "none" });
    }
    const machine = await this.#options.openLauncher(executor, signal);
    const sessionId = createId("cs");
    const { principal } = owner;
    const facts = { sessionId, executor, program, isTerminal: pty !== undefined, keep, principal };
    const session = new ProgramSession(facts, owner);
    const spec = toLaunchSpec(params, machine, sessionId);
    const launched = await machine.launcher.launch(spec, { onOutput: session.onOutput, signal });
    session.run(launched);
    this.#sessions.set(sessionId, session);
    // Whoever left in the meantime will never ask for it.
    if (signal.aborted || this.#left.has(owner)) {
      await this.#end(session);
      signal.throwIfAborted();
    }
    return { sessionId, pid: launched.pid };
  }

  async #end(session: ProgramSession): Promise<void> {
    // Nobody finds it any more, but whoever closes all waits for it.
    this.#sessions.delete(session.facts.sessionId);
    const ending = session.stop("closed", partingTimes);
    this.#ending.add(ending);
    await ending.finally(() => this.#ending.delete(ending));
  }

  #find(sessionId: string, owner: SessionOwner): ProgramSession {
    const session = this.#sessions.get(sessionId);
    const { principal } = owner;
    if (session !== undefined && (principal === undefined || session.facts.principal === principal)) {
      return session;
    }
    throw new FairleadError("not_found", `There is no session ${sessionId}: create one, or list them`, {
      reason: "session_unknown",
      effect: "none",
      details: { sessionId },
    });
  }

  #makeRoom(): void {
    if (this.#sessions.size + this.#starting.size < maxSessions) return;
    const ended = [...this.#sessions.values()].find(({ exit }) => exit !== null);
    if (ended === undefined) {
      const text = `${maxSessions} sessions are open: stop one first`;
      throw new FairleadError("resource_exhausted", text, { reason: "limit_reached", effect: "none" });
    }
    ended.endListeners({ type: "cancelled", reason: "closed" });
    this.#sessions.delete(ended.facts.sessionId);
  }
}

function toLaunchSpec(
  { program, args, cwd, env, pty }: CheckedControlParams<"fairlead/sessions/create">,
  { convention, cwd: usualCwd }: ControlMachine,
  sessionId: string,
): LaunchSpec {
  return {
    program,
    args,
    cwd: cwd === undefined ? usualCwd : toFolderUri(cwd, convention),
    stdio: pty === undefined ? { mode: "pipe" } : { mode: "pty", ...pty },
    outputWindowBytes,
    labels: { session: sessionId },
    ...(env === undefined ? {} : { env: { set: env } }),
  };
}

function toFolderUri(cwd: string, convention: ControlMachine["convention"]): string {
  if (cwd.startsWith("file:")) return cwd;
  if (conventionOfSpelling(cwd) !== undefined) return toPathUri(cwd, convention);
  throw new FairleadError("usage", `cwd ${JSON.stringify(cwd)} is no absolute path`, {
    reason: "path_invalid",
    effect: "none",
  });
}
