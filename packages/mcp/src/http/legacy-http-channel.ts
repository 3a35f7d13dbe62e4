import { isFairleadError, type StopReport, toFairleadError } from "@fairlead/core";
import type { StartedCall } from "../connection/call-table.js";
import type { StartDeadline } from "../connection/start-deadline.js";
import type { CallAnswer, InitializeResult, McpCall, McpConnection } from "../connection/types.js";
import { buildNotification } from "../envelope/build-message.js";
import { deleteSession } from "./delete-session.js";
import { driveCall } from "./drive-call.js";
import { HttpCore, nothingStopped } from "./http-core.js";
import { sessionExpiredError } from "./http-failures.js";
import { type HttpSession, sessionHeaders } from "./http-session.js";
import { type LegacyHttpOptions, LegacySessions } from "./legacy-sessions.js";
import { type ExchangeOutcome, exchange } from "./post-exchange.js";
import { postMessage } from "./post-message.js";
import type { Refusal } from "./refusal.js";
import { refusesSession } from "./session-refusal.js";

/**
 * Streamable HTTP with handshake and session, raw. A session that the server has forgotten is replaced once for all who
 * notice, brought to the same state, and the calls that it refused are sent once more.
 */
export class LegacyHttpChannel implements McpConnection {
  readonly era = "legacy";
  readonly #core: HttpCore;
  readonly #sessions: LegacySessions;
  /** The session that a call which every session must know was last sent in. */
  readonly #toldIn = new WeakMap<McpCall, HttpSession>();
  #closing: Promise<StopReport> | undefined;

  constructor(options: LegacyHttpOptions) {
    this.#core = new HttpCore(options, {
      sendCall: (line, started) => void this.#run(line, started),
      sendCancel: (line) => this.#deliver(line, "notifications/cancelled"),
      // It must not wait for a session whose opening may wait for it.
      sendAnswer: (line) => void this.#deliver(line, "an answer of ours", { waits: false }),
    });
    this.#sessions = new LegacySessions(options, this.#core);
  }

  /** That of the newest session. */
  get initializeResult(): InitializeResult {
    return this.#sessions.initializeResult;
  }

  /** The status with which the server refused the handshake, if it did without a word of JSON-RPC. */
  get refusal(): Refusal | undefined {
    const { refusal } = this.#sessions;
    return refusal?.error === undefined ? refusal : undefined;
  }

  /** Opens the first session. @throws FairleadError as a start does; the channel must then be closed */
  open(deadline: StartDeadline): Promise<void> {
    return this.#sessions.open(deadline);
  }

  async request(call: McpCall): Promise<CallAnswer> {
    const answer = await this.#core.request(call);
    if (answer.kind === "error") return answer;
    const session = this.#toldIn.get(call);
    if (session?.scope.signal.aborted === true) {
      // A session that is over agreed to it, and the next one may not have heard of it.
      await this.#sessions.keeper?.renew(session);
      return this.request(call);
    }
    this.#sessions.replay.note(call);
    return answer;
  }

  notify(method: string, params?: Uint8Array): void {
    const line = buildNotification({ method, paramsRaw: params });
    if (!this.#core.isClosed) void this.#deliver(line, method, { mayRenew: true });
  }

  holdOutput(): () => void {
    return this.#core.gate.hold();
  }

  stderrTail(): string {
    return "";
  }

  close(): Promise<StopReport> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose] = async (): Promise<void> => {
    await this.close();
  };

  #run(line: Buffer, started: StartedCall): Promise<void> {
    const core = this.#core;
    const opening = this.#sessions.openingOf(started.call);
    if (opening === undefined) return this.#runInSession(line, started);
    const { session, deadlineAtMs } = opening;
    return driveCall(line, {
      core,
      started,
      deadlineAtMs,
      attempt: async (request, signal) => {
        const onHead = (response: Response): void => opening.onHead?.(response);
        const outcome = await this.#attempt(request, { started, session, signal, onHead });
        if (outcome.kind === "refused") opening.onRefused?.(outcome.refusal);
        return outcome;
      },
    });
  }

  #runInSession(line: Buffer, started: StartedCall): Promise<void> {
    const core = this.#core;
    const { call } = started;
    const { method, isSessionState = false } = call;
    let isRepeated = false;
    const expired = (cause?: unknown): ExchangeOutcome => {
      const error = sessionExpiredError(core.name, method, { cause, effect: "none" });
      return { kind: "failed", failed: { error, kind: "final" } };
    };
    const attempt = async (request: Buffer, signal: AbortSignal): Promise<ExchangeOutcome> => {
      const { keeper } = this.#sessions;
      const session = await keeper?.current();
      if (!started.isPending) return { kind: "over" };
      if (isSessionState && session !== undefined) this.#toldIn.set(call, session);
      const outcome = await this.#attempt(request, { started, session, signal });
      if (session === undefined || keeper === undefined || !isExpired(outcome, session)) return outcome;
      // In a new session the words of a 400 mean something else.
      if (isRepeated) return isMissing(outcome) ? expired() : outcome;
      isRepeated = true;
      try {
        await keeper.renew(session);
      } catch (thrown) {
        return expired(thrown);
      }
      // The refusal proves that nothing was done, whatever the method.
      const next = core.calls.renew(started);
      return next === undefined ? { kind: "over" } : attempt(next, signal);
    };
    return driveCall(line, { core, started, attempt });
  }

  #attempt(
    line: Buffer,
    parts: {
      readonly started: StartedCall;
      readonly session: HttpSession | undefined;
      readonly signal: AbortSignal;
      onHead?(response: Response): void;
    },
  ): Promise<ExchangeOutcome> {
    const { session } = parts;
    return exchange(line, {
      ...parts,
      core: this.#core,
      headers: sessionHeaders(session),
      isSession: session?.id !== undefined,
      // Half a handshake is not continued but begun anew.
      isResumable: session !== undefined,
      takesNamelessErrors: false,
    });
  }

  async #deliver(line: Buffer, what: string, { mayRenew = false, waits = true } = {}): Promise<void> {
    const { keeper } = this.#sessions;
    const session = waits ? await keeper?.current() : this.#sessions.newest;
    try {
      await this.#post(line, what, session);
    } catch (thrown) {
      if (this.#core.isClosed) return;
      const isOver = isFairleadError(thrown) && thrown.reason === "http_session_expired";
      if (!isOver || !mayRenew || keeper === undefined || session === undefined) {
        return this.#core.warn(`${what} could not be sent: ${toFairleadError(thrown).message}`);
      }
      const again = keeper.renew(session).then((renewed) => this.#post(line, what, renewed));
      await again.catch((error: unknown) => {
        this.#core.warn(`${what} could not be sent: ${toFairleadError(error).message}`);
      });
    }
  }

  #post(line: Buffer, what: string, session: HttpSession | undefined): Promise<void> {
    const { name } = this.#core;
    return postMessage(this.#core, line, {
      what,
      headers: sessionHeaders(session),
      toError: (refusal) =>
        session?.id !== undefined && refusesSession(refusal)
          ? sessionExpiredError(name, what, { effect: "none" })
          : undefined,
    });
  }

  async #close(): Promise<StopReport> {
    await this.#core.endByOwner();
    await deleteSession(this.#core, this.#sessions.newest);
    return nothingStopped;
  }
}

function isMissing(outcome: ExchangeOutcome): boolean {
  return outcome.kind === "refused" && outcome.refusal.status === 404;
}

function isExpired(outcome: ExchangeOutcome, session: HttpSession): boolean {
  return outcome.kind === "refused" && session.id !== undefined && refusesSession(outcome.refusal);
}
