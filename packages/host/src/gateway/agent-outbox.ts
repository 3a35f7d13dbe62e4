import { createDeferred } from "@fairlead/core";
import type { EgressBudget } from "./egress-budget.js";
import type { MessageSink } from "./message-sink.js";

/** Where messages wait for an agent that reads one stream of lines. */
export interface AgentOutbox extends MessageSink {
  /** Settles once everything that was pushed before has been handed over, or cannot be any more. */
  flushed(): Promise<void>;
  /** Drops what is waiting, and everything pushed later. */
  close(): void;
}

/** What an outbox works with. */
export interface AgentOutboxOptions {
  readonly send: (bytes: Uint8Array) => Promise<void>;
  /** The agent can no longer be written to. */
  readonly onBroken: (cause: unknown) => void;
  /** Counts what waits. */
  budget(): EgressBudget;
}

/** Makes an outbox: one write at a time, with everything that has gathered meanwhile in the next one. */
export function createAgentOutbox(options: AgentOutboxOptions): AgentOutbox {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let waitingCount = 0;
  let isClosed = false;
  let isPumping = false;
  let idle = createDeferred<void>();

  const drop = (): void => {
    isClosed = true;
    options.budget().remove(waitingBytes, waitingCount);
    waiting = [];
    waitingBytes = 0;
    waitingCount = 0;
  };
  return {
    push(message) {
      if (isClosed) return;
      waiting.push(message);
      waitingBytes += message.length;
      waitingCount += 1;
      options.budget().add(message.length);
      if (isPumping) return;
      isPumping = true;
      idle = createDeferred();
      // What is answered in one turn of the event loop goes out in one write.
      setImmediate(() => void pump());
    },
    flushed: () => (isPumping ? idle.promise : Promise.resolve()),
    close: drop,
  };

  async function pump(): Promise<void> {
    try {
      while (waiting.length > 0) {
        const batch = waiting;
        waiting = [];
        const [only] = batch;
        const bytes = batch.length === 1 && only !== undefined ? only : Buffer.concat(batch);
        await options.send(bytes);
        if (isClosed) break;
        waitingBytes -= bytes.length;
        waitingCount -= batch.length;
        options.budget().remove(bytes.length, batch.length);
      }
    } catch (cause) {
      if (!isClosed) drop();
      options.onBroken(cause);
    } finally {
      isPumping = false;
      idle.resolve();
    }
  }
}
