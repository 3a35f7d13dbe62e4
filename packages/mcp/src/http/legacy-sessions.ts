import { settlesWithinMs, toFairleadError } from "@fairlead/core";
import { type Greeting, readError, shakeHands } from "../connection/handshake.js";
import { type StartDeadline, startDeadline } from "../connection/start-deadline.js";
import type { CallAnswer, InitializeResult, McpCall } from "../connection/types.js";
import { buildNotification } from "../envelope/build-message.js";
import { deleteSession } from "./delete-session.js";
import type { HttpChannelOptions, HttpCore } from "./http-core.js";
import { responseInvalidError, sessionExpiredError, stateRefusedError } from "./http-failures.js";
import { type HttpSession, isSessionId, sessionHeaders } from "./http-session.js";
import { toldChanges } from "./list-changes.js";
import { postPatiently } from "./post-patiently.js";
import { backOffMs } from "./reconnect.js";
import type { Refusal } from "./refusal.js";
import { createReplayState } from "./replay-state.js";
import { createSessionKeeper, type SessionKeeper } from "./session-keeper.js";
import { sleepMs } from "./sleep-ms.js";
import { keepStandingStream } from "./standing-stream.js";

/** What a channel of the legacy era is told. */
export interface LegacyHttpOptions extends HttpChannelOptions, Greeting {
  /** Milliseconds that a handshake may take, also one that replaces an expired session. @default 60 s */
  readonly startupTimeoutMs?: number | undefined;
}

/** What to check if a server does not become ready in time. */
export const httpStartHint = "its url is that of an MCP endpoint";

/** A call that belongs to the opening of a session, and so does not wait for it. */
export interface OpeningCall {
  readonly session: HttpSession | undefined;
  readonly deadlineAtMs: number;
  onHead?(response: Response): void;
  onRefused?(refusal: Refusal): void;
}

/**
 * Servers send what belongs to no call to nobody while the standing stream is not there; the first call waits this long for
 * it. Some servers do not show the head of a stream before its first event.
 */
const standingStreamMs = 300;

/** Opens the sessions of one connection: the first, and those that replace what the server has forgotten. */
export class LegacySessions {
  /** What a session was told and its successor must be told again. */
  readonly replay = createReplayState();
  readonly #options: LegacyHttpOptions;
  readonly #core: HttpCore;
  readonly #opening = new Map<McpCall, OpeningCall>();
  /** Expired sessions whose replacement failed, and is tried again. */
  readonly #awaited = new Set<HttpSession>();
  #hasStood = false;
  #keeper: SessionKeeper | undefined;
  #newest: HttpSession | undefined;
  #initializeResult: InitializeResult | undefined;
  #refusal: Refusal | undefined;

  constructor(options: LegacyHttpOptions, core: HttpCore) {
    this.#options = options;
    this.#core = core;
  }

  /** Who holds the session to use; undefined until the first one is open. */
  get keeper(): SessionKeeper | undefined {
    return this.#keeper;
  }

  /** The session that was opened last, even if it never came to use. */
  get newest(): HttpSession | undefined {
    return this.#newest;
  }

  get initializeResult(): InitializeResult {
    if (this.#initializeResult === undefined) throw new Error("The handshake is not done");
    return this.#initializeResult;
  }

  /** With what the server refused the last handshake that it refused. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** Tells whether a call opens a session, and how. */
  openingOf(call: McpCall): OpeningCall | undefined {
    return this.#opening.get(call);
  }

  /** Opens the first session. @throws FairleadError as a start does */
  async open(deadline: StartDeadline): Promise<void> {
    const session = await this.#handshake(deadline);
    this.#keeper = createSessionKeeper(session, (expired) => this.#replace(expired));
    await settlesWithinMs(this.#stand(session), standingStreamMs);
  }

  async #handshake(deadline: StartDeadline): Promise<HttpSession> {
    const { name } = this.#options;
    let id: string | undefined;
    const onHead = (response: Response): void => {
      id = response.headers.get("mcp-session-id") ?? undefined;
    };
    const result = await shakeHands(this.#options, (call) =>
      this.#openingRequest(
        { ...call, signal: deadline.signal },
        {
          session: undefined,
          deadlineAtMs: deadline.atMs,
          onHead,
          onRefused: (refusal) => {
            this.#refusal = refusal;
          },
        },
      ),
    );
    if (id !== undefined && !isSessionId(id)) {
      throw responseInvalidError(name, "named its session with other than visible ASCII");
    }
    const { protocolVersion } = result;
    const session: HttpSession = { id, protocolVersion, scope: this.#core.openScope() };
    this.#newest = session;
    const method = "notifications/initialized";
    const options = { what: method, headers: sessionHeaders(session) };
    await postPatiently(this.#core, buildNotification({ method }), { ...options, deadline });
    this.#initializeResult = result;
    return session;
  }

  async #replace(expired: HttpSession): Promise<HttpSession> {
    const core = this.#core;
    const { name, startupTimeoutMs } = this.#options;
    if (!this.#awaited.has(expired)) core.warn("its session expired and is replaced by a new one");
    expired.scope.abort();
    expired.scope.end();
    core.requests?.abortAll(sessionExpiredError(name, "its own request", { effect: "unknown" }));
    const scope = core.openScope();
    const { signal } = scope;
    const deadline = startDeadline({ name, startupTimeoutMs, signal, hint: httpStartHint });
    try {
      const session = await this.#handshake(deadline);
      await this.#bringToState(session, deadline).catch((thrown: unknown) => {
        session.scope.end();
        if (!core.isClosed) void deleteSession(core, session);
        throw thrown;
      });
      await settlesWithinMs(this.#stand(session), standingStreamMs);
      // Whoever remembers lists has those of a server that may be another one by now.
      for (const change of toldChanges(this.initializeResult)) core.router.dispatch(change);
      return session;
    } catch (thrown) {
      // Without a stream there is nothing on which a server could speak, and no call may come for long.
      if (this.#hasStood) void this.#replaceLater(expired);
      throw thrown;
    } finally {
      deadline.clear();
      scope.end();
    }
  }

  async #replaceLater(expired: HttpSession): Promise<void> {
    const keeper = this.#keeper;
    if (keeper === undefined || this.#awaited.has(expired)) return;
    this.#awaited.add(expired);
    const scope = this.#core.openScope();
    const { signal } = scope;
    let isReplaced = false;
    for (let failures = 0; !isReplaced && !signal.aborted; failures += 1) {
      await sleepMs(backOffMs(failures), signal);
      if (signal.aborted) break;
      isReplaced = await keeper.renew(expired).then(
        () => true,
        () => false,
      );
    }
    this.#awaited.delete(expired);
    scope.end();
  }

  /** @throws FairleadError if it does not take what it must not be used without */
  async #bringToState(session: HttpSession, { signal, atMs }: StartDeadline): Promise<void> {
    for (const call of this.replay.calls()) {
      const { isSessionState = false } = call;
      try {
        const answer = await this.#openingRequest({ ...call, signal }, { session, deadlineAtMs: atMs });
        if (answer.kind === "result") continue;
        const { text } = readError(answer.error);
        if (isSessionState) throw stateRefusedError(this.#core.name, call.method, text);
        this.#core.warn(`its new session refused ${call.method}`);
      } catch (thrown) {
        if (isSessionState) throw thrown;
        const { message } = toFairleadError(thrown);
        this.#core.warn(`its new session could not be told ${call.method}: ${message}`);
      }
    }
  }

  #stand(session: HttpSession): Promise<void> {
    let hasStood = false;
    return keepStandingStream({
      core: this.#core,
      headers: sessionHeaders(session),
      signal: session.scope.signal,
      onOpen: () => {
        hasStood = true;
        this.#hasStood = true;
      },
      onMissing: () => {
        // A server that never had one may say so with 404, too.
        if (session.id === undefined || !hasStood) return false;
        this.#keeper?.renew(session).catch((error: unknown) => {
          this.#core.warn(`no new session could be opened: ${toFairleadError(error).message}`);
        });
        return true;
      },
    });
  }

  async #openingRequest(call: McpCall, opening: OpeningCall): Promise<CallAnswer> {
    this.#opening.set(call, opening);
    try {
      return await this.#core.request(call);
    } finally {
      this.#opening.delete(call);
    }
  }
}
