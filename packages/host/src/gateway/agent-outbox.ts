import { createDeferred } from "@fairlead/core";

/** Above this many waiting bytes the servers of a slow agent are read no further; below half of it they are again. */
const pressureBytes = 8 * 1024 * 1024;

/** Where messages wait for an agent. */
export interface AgentOutbox {
  push(message: Buffer): void;
  /** Settles once everything that was pushed before has been handed over, or cannot be any more. */
  flushed(): Promise<void>;
  /** Drops what is waiting, and everything pushed later. */
  close(): void;
}

/** What an outbox reports. */
export interface AgentOutboxOptions {
  readonly send: (bytes: Uint8Array) => Promise<void>;
  /** Told when the agent turns out slow, and when it has caught up. */
  readonly onPressure: (isHigh: boolean) => void;
  /** The agent can no longer be written to. */
  readonly onBroken: (cause: unknown) => void;
}

/** Makes an outbox: one write at a time, with everything that has gathered meanwhile in the next one. */
export function createAgentOutbox(options: AgentOutboxOptions): AgentOutbox {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let isHigh = false;
  let isClosed = false;
  let isPumping = false;
  let idle = createDeferred<void>();

  return {
    push(message) {
      if (isClosed) return;
      waiting.push(message);
      waitingBytes += message.length;
      notePressure();
      if (isPumping) return;
      isPumping = true;
      idle = createDeferred();
      // What is answered in one turn of the event loop goes out in one write.
      setImmediate(() => void pump());
    },
    flushed: () => (isPumping ? idle.promise : Promise.resolve()),
    close() {
      isClosed = true;
      waiting = [];
      waitingBytes = 0;
    },
  };

  async function pump(): Promise<void> {
    try {
      while (waiting.length > 0) {
        const batch = waiting;
        waiting = [];
        const [only] = batch;
        const bytes = batch.length === 1 && only !== undefined ? only : Buffer.concat(batch);
        await options.send(bytes);
        waitingBytes = Math.max(0, waitingBytes - bytes.length);
        notePressure();
      }
    } catch (cause) {
      isClosed = true;
      waiting = [];
      options.onBroken(cause);
    } finally {
      isPumping = false;
      idle.resolve();
    }
  }

  function notePressure(): void {
    if (!isHigh && waitingBytes > pressureBytes) {
      isHigh = true;
      options.onPressure(true);
    } else if (isHigh && waitingBytes < pressureBytes / 2) {
      isHigh = false;
      options.onPressure(false);
    }
  }
}
