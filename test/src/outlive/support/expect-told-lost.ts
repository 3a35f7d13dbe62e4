import { settlesWithinMs } from "@fairlead/core";
import type { RawClient } from "@fairlead/testkit";
import { expect } from "vitest";
import { tellsWithinMs } from "./limits.js";

/** What a host is expected to say. */
export interface ToldLost {
  /** @default either name of a session that is no more: it depends on what the host reads first */
  readonly why?: string;
  /** @default {@link tellsWithinMs} */
  readonly withinMs?: number;
}

/** Checks that `fairlead run` gives its program up soon: exit code 125, and its last line says why. */
export async function expectToldLost(host: RawClient, options: ToldLost = {}): Promise<void> {
  const { why, withinMs = tellsWithinMs } = options;
  expect(await settlesWithinMs(host.exited, withinMs), `ends within ${withinMs} ms: ${host.stderr()}`).toBe(
    true,
  );
  expect(await host.exited).toMatchObject({ code: 125, signal: null });
  const expected = why === undefined ? ["session lost", "lease expired"] : [why];
  expect(expected.map((words) => `fairlead: The program was lost: ${words}`)).toContain(
    host.stderr().trimEnd().split("\n").at(-1),
  );
}
