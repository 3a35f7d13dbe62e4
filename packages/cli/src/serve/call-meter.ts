import type { HostEvent } from "@fairlead/host";

/** How many calls a server got from agents. */
export interface CallCount {
  /** Under way now. */
  readonly active: number;
  /** Since the host began, those under way included. */
  readonly total: number;
  /** Of those, how many ended without an answer; being cancelled is none. */
  readonly failed: number;
}

/** Counts the calls of a host, by server. */
export interface CallMeter {
  note(event: HostEvent): void;
  of(server: string): CallCount;
}

const none: CallCount = { active: 0, total: 0, failed: 0 };

/** Makes one that has counted nothing yet. */
export function createCallMeter(): CallMeter {
  const counts = new Map<string, CallCount>();
  const of = (server: string): CallCount => counts.get(server) ?? none;
  return {
    of,
    note(event) {
      if (event.type !== "call-started" && event.type !== "call-ended") return;
      const { active, total, failed } = of(event.server);
      counts.set(
        event.server,
        event.type === "call-started"
          ? { active: active + 1, total: total + 1, failed }
          : { active: active - 1, total, failed: failed + (event.outcome === "failed" ? 1 : 0) },
      );
    },
  };
}
