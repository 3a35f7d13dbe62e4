import { createDeferred, FairleadError, untilAborted } from "@fairlead/core";
import { listNotifications } from "@fairlead/mcp";
import { type EgressBudget, egressPressureBytes, messageOverheadBytes } from "../egress-budget.js";

/** Something to tell the agent. */
export interface BacklogItem {
  /** Whose message it is. */
  readonly server: string;
  /** The notification's name. */
  readonly method: string;
  readonly bytes: number;
  readonly tell: () => void;
}

/** Holds back what servers say while their agent still waits for the answer to `initialize`: many agents stumble over it. */
export interface GreetingBacklog {
  /**
   * Tells the agent something, now or once it has been greeted. What there is no room for is dropped, but for changes of
   * lists: one of each kind is told all the same.
   */
  run(item: BacklogItem): void;
  /** Waits for the greeting. @throws the reason of the signal, or FairleadError `unavailable` if the agent leaves without */
  greeted(signal: AbortSignal): Promise<void>;
  /** The agent has been greeted, or does without: what waits goes out in order. */
  open(): void;
  /** The agent has left: what waits is dropped. */
  close(): void;
}

/** What a backlog works with. */
export interface GreetingBacklogOptions {
  /** Counts what waits, so that servers of the agent's own are read no further when it is much. */
  readonly egress: EgressBudget;
  /** Told once, with the first message that is dropped. */
  readonly onDropped: (item: BacklogItem) => void;
}

/** Servers that the agent shares with others are not held, and not worth letting go of an agent that just waits. */
const maxWaitingBytes = 4 * egressPressureBytes;

const listChanges: ReadonlySet<string> = new Set(Object.values(listNotifications));

/** Makes one. */
export function createGreetingBacklog({ egress, onDropped }: GreetingBacklogOptions): GreetingBacklog {
  const opened = createDeferred<void>();
  // Whoever asks the agent something sees it fail; nobody else need.
  opened.promise.catch(() => {});
  let waiting: BacklogItem[] | undefined = [];
  let waitingBytes = 0;
  let hasDropped = false;
  const late = new Map<string, BacklogItem>();

  const keep = (item: BacklogItem, kept: BacklogItem[]): void => {
    const bytes = item.bytes + messageOverheadBytes;
    // A single message is never too large.
    if (kept.length === 0 || waitingBytes + bytes <= maxWaitingBytes) {
      kept.push(item);
      waitingBytes += bytes;
      return egress.add(item.bytes);
    }
    if (listChanges.has(item.method)) late.set(item.method, item);
    else if (!hasDropped) {
      hasDropped = true;
      onDropped(item);
    }
  };
  return {
    run(item) {
      if (waiting === undefined) item.tell();
      else keep(item, waiting);
    },
    greeted: (signal) => untilAborted(opened.promise, signal, "A question before the agent was greeted"),
    open() {
      const due = waiting ?? [];
      waiting = undefined;
      for (const { bytes, tell } of due) {
        // It is counted again where it waits next.
        egress.remove(bytes);
        tell();
      }
      for (const { tell } of late.values()) tell();
      late.clear();
      opened.resolve();
    },
    close() {
      for (const { bytes } of waiting ?? []) egress.remove(bytes);
      waiting = undefined;
      late.clear();
      const text = "The agent has disconnected before it was greeted";
      opened.reject(new FairleadError("unavailable", text, { reason: "transport_closed" }));
    },
  };
}
