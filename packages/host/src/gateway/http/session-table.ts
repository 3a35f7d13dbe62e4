import type { FairleadError } from "@fairlead/core";
import type { FaceSession, SessionEnd } from "./face-session.js";
import type { HttpFaceEvent } from "./http-face.js";

/** What the table needs to know. */
export interface SessionTableOptions {
  readonly maxSessions: number;
  readonly idleTtlMs: number;
  /** How often sessions are looked at, in milliseconds. */
  readonly tickMs: number;
  readonly onEvent: (event: HttpFaceEvent) => void;
}

/** Every session of the face, of both eras, by key. */
export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #sessions = new Map<string, FaceSession>();
  readonly #closing = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: SessionTableOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), options.tickMs);
  }

  get(key: string): FaceSession | undefined {
    return this.#sessions.get(key);
  }

  /** Whether it ends all that are in it, and no more may come. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  all(): readonly FaceSession[] {
    return [...this.#sessions.values()];
  }

  /** Tells whether another session may be opened; one of the modern era that nobody uses gives way. */
  makeRoom(): boolean {
    if (this.#sessions.size < this.#options.maxSessions) return true;
    const unused = [...this.#sessions].filter(
      ([, { facts, use }]) => facts.era === "modern" && use.idleMs > 0,
    );
    const [longest] = unused.toSorted(([, a], [, b]) => b.use.idleMs - a.use.idleMs);
    if (longest === undefined) return false;
    this.end(longest[0], "idle");
    return true;
  }

  add(key: string, session: FaceSession): void {
    this.#sessions.set(key, session);
    this.#options.onEvent({ type: "session_opened", session: session.facts });
    void session.evicted.then((error) => {
      if (this.#sessions.get(key) === session) this.end(key, "evicted", error);
    });
  }

  /** Ends a session. It is not found any more from now on; its servers take a moment. */
  end(key: string, why: SessionEnd, error?: FairleadError): void {
    const session = this.#sessions.get(key);
    if (session === undefined) return;
    this.#sessions.delete(key);
    const { onEvent } = this.#options;
    onEvent({ type: "session_closed", session: session.facts, why, error });
    const closing = session
      .close(why === "evicted")
      .catch((thrown: unknown) => {
        const text = thrown instanceof Error ? thrown.message : String(thrown);
        onEvent({ type: "warning", text: `Session ${session.facts.label} did not close well: ${text}` });
      })
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Ends every session, and waits for those that are ending. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const key of this.#sessions.keys()) this.end(key, "shutdown");
    await Promise.all(this.#closing);
  }

  #tick(): void {
    for (const [key, session] of this.#sessions) {
      if (session.use.idleMs > this.#options.idleTtlMs) this.end(key, "idle");
      else session.tick();
    }
  }
}
