import {
  canceledError,
  createId,
  FairleadError,
  fromPathUri,
  type LaunchSpec,
  type StopReport,
  type StopTimes,
  toPathUri,
} from "@fairlead/core";
import type { CheckedControlParams, ControlResult } from "@fairlead/mcp";
import type { ControlMachine, HostControlOptions } from "./control-options.js";
import { ProgramSession, type SessionOwner } from "./program-session.js";

/** Sessions of one principal at once, those included whose end nobody has looked at. */
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
  /** Who waits for a program to start; one entry for each. */
  readonly #awaiting: SessionOwner[] = [];
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
    if (session.owner !== owner) session.giveTo(owner);
    return session;
  }

  /** The owner has become too slow for its programs to be read on, those included that come to it later; or it has caught up. */
  press(owner: SessionOwner, isPressed: boolean): void {
    owner.isPressed = isPressed;
    if (isPressed) return;
    for (const session of this.#sessions.values()) if (session.owner === owner) session.readOn();
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
      session.giveTo(undefined);
    });
    await Promise.allSettled(ending);
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    this.#closing.abort(closedError());
    await Promise.allSettled(this.#starting);
    for (const session of this.#sessions.values()) void this.#end(session).catch(() => {});
    await Promise.allSettled(this.#ending);
  }

  async #create(
    params: CheckedControlParams<"fairlead/sessions/create">,
    owner: SessionOwner,
    signal: AbortSignal,
  ): Promise<ControlResult<"fairlead/sessions/create">> {
    const what = `The start of ${params.program}`;
    if (signal.aborted) throw canceledError(signal, what);
    this.#makeRoom(owner);
    this.#awaiting.push(owner);
    const session = await this.#launch(params, owner, signal).finally(() => {
      this.#awaiting.splice(this.#awaiting.indexOf(owner), 1);
    });
    this.#sessions.set(session.facts.sessionId, session);
    // Whoever left in the meantime will never ask for it.
    if (signal.aborted || this.#left.has(owner)) {
      await this.#end(session);
      if (signal.aborted) throw canceledError(signal, what);
    }
    return { sessionId: session.facts.sessionId, pid: session.describe(owner).pid };
  }

  async #launch(
    params: CheckedControlParams<"fairlead/sessions/create">,
    owner: SessionOwner,
    signal: AbortSignal,
  ): Promise<ProgramSession> {
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
    session.run(await machine.launcher.launch(spec, { onOutput: session.onOutput, signal }));
    return session;
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

  /** Where a principal has as many as it may, one that has ended is given up, with all that it left running. */
  #makeRoom(owner: SessionOwner): void {
    const { principal } = owner;
    const isOwn = (one: { readonly principal: string | undefined }): boolean => one.principal === principal;
    const open = [...this.#sessions.values()].filter(({ facts }) => isOwn(facts));
    if (open.length + this.#awaiting.filter(isOwn).length < maxSessions) return;
    const ended = open.filter(({ exit }) => exit !== null);
    const given = ended.find((session) => session.owner === owner) ?? ended[0];
    if (given === undefined) {
      const text = `${maxSessions} sessions are open: stop one first`;
      throw new FairleadError("resource_exhausted", text, { reason: "limit_reached", effect: "none" });
    }
    void this.#end(given).catch(() => {});
  }
}

function closedError(): FairleadError {
  const text = "This host has been closed: it runs no programs any more";
  return new FairleadError("unavailable", text, { reason: "transport_closed", effect: "none" });
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
  if (!cwd.startsWith("file:")) return toPathUri(cwd, convention);
  // What the machine could not spell is told before anything is sent.
  fromPathUri(cwd, convention);
  return cwd;
}
