import { createDeferred, untilAborted } from "@fairlead/core";

/** More than this many messages before the greeting are not kept: servers have little to say to nobody. */
const maxWaiting = 1_000;

/** Holds back what servers say while their agent still waits for the answer to `initialize`: many agents stumble over it. */
export interface GreetingBacklog {
  /** Tells the agent something, now or once it has been greeted. @returns false if there was no room for it */
  run(tell: () => void): boolean;
  /** Waits for the greeting. @throws the reason of the signal */
  greeted(signal: AbortSignal): Promise<void>;
  /** The agent has been greeted, or does without: what waits goes out in order. */
  open(): void;
}

/** Makes one. */
export function createGreetingBacklog(): GreetingBacklog {
  const opened = createDeferred<void>();
  let waiting: (() => void)[] | undefined = [];
  return {
    run(tell) {
      if (waiting === undefined) tell();
      else if (waiting.length >= maxWaiting) return false;
      else waiting.push(tell);
      return true;
    },
    greeted: (signal) => untilAborted(opened.promise, signal, "A question before the agent was greeted"),
    open() {
      const due = waiting ?? [];
      waiting = undefined;
      for (const tell of due) tell();
      opened.resolve();
    },
  };
}
