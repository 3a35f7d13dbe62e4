import { canCountProcesses } from "@fairlead/testkit";
import { afterAll, beforeAll } from "vitest";
import { startBystander, type Tree } from "./tree.js";

/** Whether these suites can run here; where they cannot it prints why. */
export function canCount(): boolean {
  const can = canCountProcesses();
  if (!can) process.stdout.write("skipped: processes can be counted on Linux only\n");
  return can;
}

/**
 * Lets somebody else start the same tree for the time of a suite.
 * @returns the check that all of it still runs
 */
export function useBystander(): () => void {
  const shared: { tree?: Tree } = {};
  beforeAll(async () => {
    shared.tree = await startBystander();
  });
  afterAll(async () => {
    await shared.tree?.[Symbol.asyncDispose]();
  });
  return () => {
    if (shared.tree === undefined) throw new Error("The bystander does not run");
    shared.tree.expectUntouched();
  };
}
