/** Looks like nothing else in any message. */
const markerPattern = /agent-[0-9]+-[0-9a-f]{8}-end/g;

/** Makes the marker of one agent; everything that it is told on its own account carries it. */
export function agentMarker(index: number, seed: number): string {
  return `agent-${index}-${seed.toString(16).padStart(8, "0")}-end`;
}

/** What all agents of a run saw. */
export interface Ledger {
  /** How often each kind of message came. */
  readonly counts: Record<Kind, number>;
  /** What must not happen, in words, the first hundred. */
  readonly complaints: string[];
  /** Process ids of the copies that answered, by server and by agent's marker. */
  readonly copies: Map<string, Map<string, Set<number>>>;
  complain(text: string): void;
  /** Checks that a message is its receiver's: it has the receiver's marker and nobody else's. */
  receive(kind: Kind, text: string, marker: string): void;
}

/** What is counted. */
export type Kind = "result" | "modern result" | "progress" | "log" | "question" | "arrival";

/** Makes an empty ledger. */
export function createLedger(): Ledger {
  const counts = { result: 0, "modern result": 0, progress: 0, log: 0, question: 0, arrival: 0 };
  const complaints: string[] = [];
  const complain = (text: string): void => {
    if (complaints.length < 100) complaints.push(text.slice(0, 500));
  };
  return {
    counts,
    complaints,
    copies: new Map(),
    complain,
    receive: (kind, text, marker) => {
      counts[kind] += 1;
      const found = new Set(text.match(markerPattern));
      if (!found.has(marker)) complain(`${marker} got a ${kind} without its marker: ${text}`);
      found.delete(marker);
      if (found.size > 0) complain(`${marker} got a ${kind} of ${[...found].join(", ")}: ${text}`);
    },
  };
}
