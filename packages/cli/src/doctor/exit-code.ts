import { errorTable } from "@fairlead/core";
import type { CheckResult } from "./check.js";

/** The exit code of a diagnosis: that of the first broken link's kind, and 0 where there is none. Warnings break nothing. */
export function exitCodeOf(results: readonly Pick<CheckResult, "status" | "code">[]): number {
  const first = results.find(({ status }) => status === "failed");
  return first === undefined ? 0 : errorTable[first.code ?? "internal"].exit;
}
