import { describe, expect, it } from "vitest";
import { tellConsoles } from "./run-console-event.js";

/** Consoles by who is in them; we ourselves are 1. */
function consoles(...all: readonly (readonly number[])[]): Parameters<typeof tellConsoles>[0] & {
  readonly sent: { readonly pids: readonly number[]; readonly event: number }[];
} {
  const sent: { pids: readonly number[]; event: number }[] = [];
  let joined: readonly number[] | undefined;
  return {
    sent,
    joinConsole: (pid) => {
      if (joined !== undefined) return false;
      joined = all.find((pids) => pids.includes(pid));
      return joined !== undefined;
    },
    leaveConsole: () => {
      joined = undefined;
    },
    consolePids: () => [...(joined ?? []), 1],
    sendConsoleEvent: (event) => sent.push({ pids: joined ?? [], event }) > 0,
  };
}

describe("an event to consoles", () => {
  it("is sent once to each, and reaches those who share it", () => {
    const calls = consoles([10, 11, 99], [12]);
    expect(tellConsoles(calls, 0, { pids: [10, 11, 12, 13], never: [] })).toEqual([10, 11, 12]);
    expect(calls.sent).toEqual([
      { pids: [10, 11, 99], event: 0 },
      { pids: [12], event: 0 },
    ]);
  });

  it("is not sent where it would reach one who must never be told", () => {
    const calls = consoles([10, 7], [12]);
    expect(tellConsoles(calls, 1, { pids: [10, 12], never: [7] })).toEqual([12]);
    expect(calls.sent).toEqual([{ pids: [12], event: 1 }]);
  });
});
