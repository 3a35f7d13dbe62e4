import {
  createDeferred,
  isFairleadError,
  type StopReport,
  type StopTimes,
  toFairleadError,
} from "@fairlead/core";
import type {
  CallAnswer,
  ClosedInfo,
  ConnectionHandlers,
  McpCall,
  McpConnection,
  RelatedCall,
  ServerTransport,
} from "@fairlead/mcp";
import type { Member } from "./member.js";
import { Occupations } from "./occupations.js";
import { type ClientProfile, openServer } from "./open-server.js";
import type { ServerDefinition } from "./server-definition.js";
import type { StartGate } from "./start-gate.js";

/** What one start of a server needs. */
export interface ServerRunOptions {
  readonly definition: ServerDefinition;
  readonly profile: ClientProfile;
  readonly gate: StartGate;
  /** Told when its turn has come and the launch begins. */
  readonly onStarting: () => void;
  /** Told once, when it was up and is no more, other than by {@link ServerRun.close}. */
  readonly onLost: (info: ClosedInfo) => void;
  readonly handlers: Omit<ConnectionHandlers, "onClosed">;
}

/**
 * For how long a call that was given up may still lead to a question. A server that was told stops at its next step, which
 * a minute covers; until then questions that could be anybody's are refused, so a longer time would cost more than it saves.
 */
const lateQuestionMs = 60_000;

/** One start of a server and what came of it: from the launch to the end of the process, or of the HTTP session. */
export class ServerRun {
  /** Settles when it is up. @throws FairleadError of the start */
  readonly started: Promise<McpConnection>;
  /** Settles once it takes no calls any more. */
  readonly over: Promise<void>;
  readonly #options: ServerRunOptions;
  readonly #over = createDeferred<void>();
  readonly #abort = new AbortController();
  readonly #makers = new Map<McpCall, Member>();
  /** Who gave a call up, by {@link Member.key}, and until when the server may have something to ask about it; latest last. */
  readonly #givenUp = new Map<symbol, number>();
  readonly #occupations = new Occupations();
  #connection: McpConnection | undefined;
  #isEnding = false;
  #upSinceMs = Number.POSITIVE_INFINITY;
  /** How it is reached, once that is known. */
  transport: ServerTransport["kind"] | undefined;

  constructor(options: ServerRunOptions) {
    this.#options = options;
    this.over = this.#over.promise;
    this.started = this.#start();
    // Whoever waits for the start sees it fail; nobody else need.
    this.started.catch(() => {});
  }

  /** The connection, if it is up now. */
  get connection(): McpConnection | undefined {
    return this.#isEnding ? undefined : this.#connection;
  }

  /** Whether {@link close} was called: a start that failed then was given up. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Milliseconds that it has been up; 0 before. */
  get ageMs(): number {
    return Math.max(0, performance.now() - this.#upSinceMs);
  }

  /** Those who wait for an answer of it. */
  get callers(): ReadonlySet<Member> {
    return new Set(this.#makers.values());
  }

  /** Whether the server may still be at work for somebody else, who gave a call up before it was answered. */
  gaveUpBeside(member: Member): boolean {
    this.#forgetGivenUp();
    return this.#givenUp.size > (this.#givenUp.has(member.key) ? 1 : 0);
  }

  /** Makes a member's call, once it is up. */
  async request(member: Member, call: McpCall): Promise<CallAnswer> {
    const connection = this.#connection ?? (await this.started);
    const end = this.occupy();
    this.#makers.set(call, member);
    try {
      return await connection.request(call);
    } catch (thrown) {
      if (isGivenUp(thrown)) this.#noteGivenUp(member);
      throw thrown;
    } finally {
      this.#makers.delete(call);
      end();
    }
  }

  /** Notes that something waits for it. @returns notes the end, once */
  occupy(): () => void {
    return this.#occupations.begin();
  }

  /** Whose call a message of the server belongs to. */
  makerOf(related: RelatedCall | undefined): Member | undefined {
    return related === undefined ? undefined : this.#makers.get(related.call);
  }

  /** Settles when no call waits for its answer, and no list is being read. */
  async whenIdle(): Promise<void> {
    await this.#occupations.ended();
  }

  /** Stops it and its whole tree; a start under way is given up. Calling it again gives the same report. */
  async close(times?: Partial<StopTimes>): Promise<StopReport | undefined> {
    this.#isEnding = true;
    this.#over.resolve();
    this.#abort.abort();
    const connection = this.#connection ?? (await this.started.catch(() => undefined));
    try {
      return await connection?.close(times);
    } finally {
      this.#occupations.letGo();
    }
  }

  #noteGivenUp({ key }: Member): void {
    this.#forgetGivenUp();
    this.#givenUp.delete(key);
    this.#givenUp.set(key, performance.now() + lateQuestionMs);
  }

  /** Forgets what is long past; entries are in the order in which their time ends. */
  #forgetGivenUp(): void {
    const nowMs = performance.now();
    for (const [key, untilMs] of this.#givenUp) {
      if (untilMs > nowMs) return;
      this.#givenUp.delete(key);
    }
  }

  async #start(): Promise<McpConnection> {
    const { definition, profile, gate, onStarting, onLost, handlers } = this.#options;
    const { signal } = this.#abort;
    try {
      const open = async (): Promise<McpConnection> => {
        signal.throwIfAborted();
        onStarting();
        return openServer(definition, {
          ...profile,
          signal,
          onTransport: (kind) => {
            this.transport = kind;
          },
          handlers: {
            ...handlers,
            onClosed: (info) => {
              if (info.cause === "closed" || this.#isEnding) return;
              this.#isEnding = true;
              onLost(info);
              this.#over.resolve();
            },
          },
        });
      };
      // Never within the caller's own turn: what the start leads to must find the run in its place.
      await Promise.resolve();
      this.#connection = await gate.run(definition.executor, open, signal);
      this.#upSinceMs = performance.now();
      return this.#connection;
    } catch (thrown) {
      throw toFairleadError(thrown);
    }
  }
}

/** Whether a call was ended by us, while the server may go on with it. */
function isGivenUp(thrown: unknown): boolean {
  return isFairleadError(thrown) && (thrown.code === "canceled" || thrown.code === "deadline_exceeded");
}
