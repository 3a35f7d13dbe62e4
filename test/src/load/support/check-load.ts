import { expect } from "vitest";
import type { LoadOptions, LoadOutcome } from "./run-load.js";

/** Fails unless every message came to whom it belongs, and every agent had its own copies and shared the others. */
export function expectOwnMessages(
  { ledger, serverProcesses, stderr }: LoadOutcome,
  options: LoadOptions,
): void {
  expect(ledger.complaints).toEqual([]);
  expect(serverProcesses).toBe(options.shared + options.agents * options.own);
  const owners = new Map<number, string>();
  for (const [server, copies] of ledger.copies) {
    expect(copies.size).toBe(options.agents);
    const pids = [...copies.values()].flatMap((each) => [...each]);
    if (server.startsWith("all"))
      expect({ server, copies: new Set(pids).size }).toEqual({ server, copies: 1 });
    else {
      for (const [marker, own] of copies) {
        for (const pid of own) {
          expect(owners.get(pid) ?? marker).toBe(marker);
          owners.set(pid, marker);
        }
      }
    }
  }
  // Nothing of all that can be missing by chance.
  for (const count of Object.values(ledger.counts)) expect(count).toBeGreaterThan(0);
  expect(stderr).not.toMatch(/error|warning/i);
}
