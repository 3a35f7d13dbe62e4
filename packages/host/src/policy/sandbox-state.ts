import { canceledError, FairleadError, untilAborted } from "@fairlead/core";
import { type CallAnswer, type McpCall, type McpConnection, parseRange } from "@fairlead/mcp";

/** The request by which a server is told what it may do. */
export const sandboxStateMethod = "codex/sandbox-state/update";
/** The experimental capability of servers that want to be told. */
export const sandboxStateCapability = "codex/sandbox-state";

/** How long a server may take to answer that it goes by a new state. */
const ackMs = 10_000;

/** Whether a connection's server wants to be told. */
export function wantsSandboxState(connection: Pick<McpConnection, "initializeResult">): boolean {
  const experimental = objectOf(objectOf(connection.initializeResult.value["capabilities"])["experimental"]);
  return Object.hasOwn(experimental, sandboxStateCapability);
}

/**
 * What the servers of one agent may do, as configuration or the agent itself says. A server that wants to know it is told by
 * a request, and no tool is called before it has answered that it goes by it: neither the first time, nor after a change,
 * nor after it was started anew, nor in the HTTP session that replaces an expired one.
 */
export class SandboxState {
  readonly #guards = new Set<SandboxGuard>();
  #current: Buffer | undefined;
  #isOfAgent = false;

  /** @param initial the raw state that configuration wants; undefined: none until the agent says so */
  constructor(initial?: Buffer) {
    this.#current = initial;
  }

  /** The raw state; another object for each change. */
  get current(): Buffer | undefined {
    return this.#current;
  }

  /** Whether the agent itself said it. A copy that others use too then cannot go by it. */
  get isOfAgent(): boolean {
    return this.#isOfAgent;
  }

  /**
   * Takes another state, the agent's own, and tells it to all servers that are up.
   * @throws FairleadError `forbidden` if one does not go by it; calls to that one then fail
   */
  async update(state: Buffer, signal: AbortSignal): Promise<void> {
    this.#current = state;
    this.#isOfAgent = true;
    const acks = [...this.#guards].map((guard) => untilAborted(guard.acked(), signal, sandboxStateMethod));
    const outcomes = await Promise.allSettled(acks);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Gives a connection whose tools are only called under the current state. One whose server wants no state stays as it is. */
  guard(connection: McpConnection, server: string): McpConnection {
    if (!wantsSandboxState(connection)) return connection;
    const guard = new SandboxGuard(connection, { server, state: () => this.#current });
    this.#guards.add(guard);
    return guarded(connection, {
      request: async (call) => {
        if (call.method === "tools/call") await untilAborted(guard.acked(), call.signal, "The call");
        if (call.signal?.aborted === true) throw canceledError(call.signal, "The call");
        return connection.request(call);
      },
      close: (times) => {
        this.#guards.delete(guard);
        return connection.close(times);
      },
    });
  }
}

interface SandboxGuardOptions {
  readonly server: string;
  readonly state: () => Buffer | undefined;
}

/** What one connection was told. */
class SandboxGuard {
  readonly #connection: McpConnection;
  readonly #options: SandboxGuardOptions;
  #told: { readonly state: Buffer; readonly ack: Promise<void> } | undefined;

  constructor(connection: McpConnection, options: SandboxGuardOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Settles once the server goes by the state that holds then. @throws FairleadError `forbidden` if it does not */
  async acked(): Promise<void> {
    for (;;) {
      const state = this.#options.state();
      if (state === undefined) return;
      await this.#tell(state);
      // While it answered there may have come another one.
      if (state === this.#options.state()) return;
    }
  }

  #tell(state: Buffer): Promise<void> {
    if (this.#told?.state === state) return this.#told.ack;
    const before = this.#told?.ack ?? Promise.resolve();
    const ack = before.catch(() => {}).then(() => this.#send(state));
    const told = { state, ack };
    this.#told = told;
    ack.catch(() => {
      // The next call asks again: the server may have come to its senses.
      if (this.#told === told) this.#told = undefined;
    });
    return ack;
  }

  async #send(state: Buffer): Promise<void> {
    const { server } = this.#options;
    const refused = (why: string, cause?: unknown): FairleadError =>
      new FairleadError(
        "forbidden",
        `Server '${server}' does not go by the sandbox state, so it is not called: ${why}`,
        {
          cause,
          reason: "policy_denied",
          effect: "none",
          details: { server },
        },
      );
    let answer: CallAnswer;
    try {
      answer = await this.#connection.request({
        method: sandboxStateMethod,
        params: state,
        timeoutMs: ackMs,
        isSessionState: true,
      });
    } catch (cause) {
      throw refused(cause instanceof Error ? cause.message : String(cause), cause);
    }
    if (answer.kind === "error") throw refused(String(objectOf(parseRange(answer.error))["message"]));
  }
}

function guarded(
  connection: McpConnection,
  changed: { request(call: McpCall): Promise<CallAnswer>; close: McpConnection["close"] },
): McpConnection {
  return {
    era: connection.era,
    initializeResult: connection.initializeResult,
    request: (call) => changed.request(call),
    notify: (method, params) => connection.notify(method, params),
    holdOutput: () => connection.holdOutput(),
    stderrTail: (maxBytes) => connection.stderrTail(maxBytes),
    close: (times) => changed.close(times),
    [Symbol.asyncDispose]: async () => void (await changed.close()),
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
