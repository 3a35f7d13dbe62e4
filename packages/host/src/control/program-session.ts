import {
  FairleadError,
  type LaunchedProcess,
  type OutputName,
  type StopReport,
  type StopTimes,
  untilAborted,
} from "@fairlead/core";
import type {
  CheckedControlParams,
  ControlExit,
  ControlResult,
  ControlSession,
  ControlSessionMessage,
} from "@fairlead/mcp";
import { OutputLog } from "./output-log.js";

/** Input that may wait for a program which does not read; a single larger piece is taken when none waits. */
const maxWaitingInputBytes = 8 * 1024 * 1024;

/** Takes what a listener is told; must not throw, and must not wait. */
export type SessionHandler = (message: ControlSessionMessage) => void;

/** Who may use a session. Compared by identity. */
export interface SessionOwner {
  /** Sessions of other principals are unknown to it; undefined: it sees them all. */
  readonly principal: string | undefined;
  /** Whether it is too slow for its programs to be read on; set by `ProgramSessions.press`. @default false */
  isPressed?: boolean;
}

/** What a session is about, whatever becomes of it. */
export type SessionFacts = Pick<
  ControlSession,
  "sessionId" | "executor" | "program" | "isTerminal" | "keep"
> & { readonly principal: string | undefined };

/** A program that runs until it ends or is stopped, and those who listen to it. */
export class ProgramSession {
  readonly facts: SessionFacts;
  readonly log = new OutputLog();
  #owner: SessionOwner | undefined;
  readonly #listeners = new Set<SessionHandler>();
  readonly #holds = new Set<object>();
  readonly #owed: Record<OutputName, number> = { stdout: 0, stderr: 0 };
  #launched: LaunchedProcess | undefined;
  #exit: ControlExit | null = null;
  #waitingBytes = 0;
  #isStopping = false;

  constructor(facts: SessionFacts, owner: SessionOwner) {
    this.facts = facts;
    this.#owner = owner;
  }

  /** Takes output, from the first byte on. */
  readonly onOutput = (stream: OutputName, bytes: Uint8Array): void => {
    const chunk = this.log.push(stream, bytes);
    this.#owed[stream] += bytes.length;
    // What is being stopped has to be read, and whoever is too slow for it misses that: the offsets show how much.
    if (!this.#isStopping || !this.#isHeld) {
      this.#tell({ type: "event", event: { type: "output", ...chunk } });
    }
    this.readOn();
  };

  /** Takes the process that it is about, and owns it. */
  run(launched: LaunchedProcess): void {
    this.#launched = launched;
    this.readOn();
    void launched.closed.then(({ reason, code, signal }) => {
      this.#exit = { reason, code, signal };
      this.#tell({ type: "event", event: { type: "exit", ...this.#exit } });
    });
  }

  get exit(): ControlExit | null {
    return this.#exit;
  }

  /** Undefined once the owner of a session that is kept has left. */
  get owner(): SessionOwner | undefined {
    return this.#owner;
  }

  /** Gives it to another owner, or to nobody. Those who listened for the former one hear a last word. */
  giveTo(owner: SessionOwner | undefined): void {
    this.#owner = owner;
    this.#endListeners(
      owner === undefined ? { type: "cancelled", reason: "closed" } : { type: "connectionRevoked" },
    );
    this.readOn();
  }

  /** Tells what it is and how it is. @param owner who asks */
  describe(owner: SessionOwner): ControlSession {
    const { principal: _, ...facts } = this.facts;
    const { pid, startedAtMs } = this.#process;
    return { ...facts, pid, startedAtMs, isOwn: this.#owner === owner, exit: this.#exit };
  }

  /** Tells the handler the state now, and everything from here on. @returns ends that; whether it had not ended before */
  listen(handler: SessionHandler, owner: SessionOwner): () => boolean {
    const { offset } = this.log;
    handler({ type: "initialState", session: this.describe(owner), offset, output: this.log.read() });
    this.#listeners.add(handler);
    return () => this.#listeners.delete(handler);
  }

  /** Reads the program no further, until the result is called: somebody is too slow for it. */
  hold(): () => void {
    const key = {};
    this.#holds.add(key);
    return () => {
      this.#holds.delete(key);
      this.readOn();
    };
  }

  /** Reads the program on, unless somebody is too slow for it. */
  readOn(): void {
    const launched = this.#launched;
    if (launched === undefined || (this.#isHeld && !this.#isStopping)) return;
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#owed[stream] > 0) launched.consumed(stream, this.#owed[stream]);
      this.#owed[stream] = 0;
    }
  }

  /** @throws FairleadError of the process, or `resource_exhausted` if too much waits already; the session stays usable */
  async send(
    { data, dataBase64, closeInput }: Omit<CheckedControlParams<"fairlead/sessions/send">, "sessionId">,
    signal: AbortSignal | undefined,
  ): Promise<ControlResult<"fairlead/sessions/send">> {
    const bytes = dataBase64 === undefined ? Buffer.from(data ?? "") : Buffer.from(dataBase64, "base64");
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes.length > maxWaitingInputBytes) {
      throw fullInputError(this.facts.program, this.#waitingBytes);
    }
    const written = (async () => {
      if (bytes.length > 0) await this.#write(bytes);
      if (closeInput === true) await this.#process.closeStdin();
    })();
    await untilAborted(written, signal, "Waiting for the program to read");
    return { writtenBytes: bytes.length };
  }

  /** Interrupts what runs in the foreground; nothing happens if the program has ended. */
  async interrupt(signal?: AbortSignal): Promise<void> {
    if (this.#exit !== null) return;
    // In a terminal it is the foreground job that is meant, which only the terminal knows. Where input waits to be read,
    // a Ctrl-C would wait behind it.
    const isTyped = this.facts.isTerminal && this.#waitingBytes === 0;
    const interrupted = isTyped ? this.#write(Buffer.from("\x03")) : this.#process.signal("SIGINT");
    await untilAborted(interrupted, signal, "The interrupt");
  }

  /**
   * Ends the program with everything that it started, and its listeners. Whoever is too slow for what it still writes
   * meanwhile does not hear that.
   */
  async stop(word: "stopped" | "closed", times?: Partial<StopTimes>): Promise<StopReport> {
    this.#isStopping = true;
    this.readOn();
    const cancelled = { type: "cancelled", reason: word } as const;
    try {
      const report = await this.#process.stop(times);
      if (report.survived.length === 0) await this.#process.closed;
      this.#endListeners(cancelled);
      return report;
    } catch (thrown) {
      this.#isStopping = false;
      if (word === "closed") this.#endListeners(cancelled);
      throw thrown;
    }
  }

  get #isHeld(): boolean {
    return this.#holds.size > 0 || this.#owner?.isPressed === true;
  }

  get #process(): LaunchedProcess {
    if (this.#launched !== undefined) return this.#launched;
    throw new FairleadError("internal", `${this.facts.program} does not run yet`);
  }

  #tell(message: ControlSessionMessage): void {
    for (const handler of this.#listeners) handler(message);
  }

  #endListeners(word: ControlSessionMessage): void {
    this.#tell(word);
    this.#listeners.clear();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#waitingBytes += bytes.length;
    try {
      await this.#process.write(bytes);
    } finally {
      this.#waitingBytes -= bytes.length;
    }
  }
}

function fullInputError(program: string, waitingBytes: number): FairleadError {
  const text = `${program} does not read its input: ${waitingBytes} bytes wait for it already`;
  return new FairleadError("resource_exhausted", text, { reason: "limit_reached", effect: "none" });
}
