import { basename } from "node:path";
import type { FairleadError, StopReport } from "@fairlead/core";

/** Joins the reports of several trees into one; each blind spot is told once. */
export function mergeStopReports(reports: readonly StopReport[]): StopReport {
  return {
    ended: reports.flatMap((report) => report.ended),
    forced: reports.flatMap((report) => report.forced),
    survived: reports.flatMap((report) => report.survived),
    blindSpots: [...new Set(reports.flatMap((report) => report.blindSpots))],
  };
}

/** The report for a tree whose end failed: nobody looked, so it may live, and the failure is told beside it. */
export function failedStopReport(
  process: { readonly pid: number; readonly program: string },
  error: FairleadError,
): StopReport {
  const { pid, program } = process;
  return {
    ended: [],
    forced: [],
    survived: [{ pid, name: basename(program) }],
    blindSpots: [`The tree of ${basename(program)} (pid ${pid}) could not be ended: ${error.message}`],
  };
}
