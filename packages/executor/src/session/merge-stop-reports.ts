import type { StopReport } from "@fairlead/core";

/** Joins the reports of several trees into one; each blind spot is told once. */
export function mergeStopReports(reports: readonly StopReport[]): StopReport {
  return {
    ended: reports.flatMap((report) => report.ended),
    forced: reports.flatMap((report) => report.forced),
    survived: reports.flatMap((report) => report.survived),
    blindSpots: [...new Set(reports.flatMap((report) => report.blindSpots))],
  };
}
