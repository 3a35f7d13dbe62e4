import type { StopReport, StopTimes } from "@fairlead/core";
import type {
  StopReport__Output,
  StopReport as StopReportMessage,
} from "../gen/fairlead/executor/v1/StopReport.js";
import type {
  StopTimes__Output,
  StopTimes as StopTimesMessage,
} from "../gen/fairlead/executor/v1/StopTimes.js";

/** A stop report for the wire. */
export function toStopReportMessage(report: StopReport): StopReportMessage {
  return {
    ended: [...report.ended],
    forced: [...report.forced],
    survived: [...report.survived],
    blindSpots: [...report.blindSpots],
  };
}

/** A stop report from the wire; a missing one counts as empty. */
export function fromStopReportMessage(message: StopReport__Output | null | undefined): StopReport {
  return {
    ended: message?.ended ?? [],
    forced: message?.forced ?? [],
    survived: message?.survived ?? [],
    blindSpots: message?.blindSpots ?? [],
  };
}

/** Stop times for the wire; what is unset stays unset, so that the executor's own defaults hold. */
export function toStopTimesMessage(times: Partial<StopTimes> | undefined): StopTimesMessage | null {
  if (times === undefined) return null;
  return {
    ...(times.stdinGraceMs === undefined ? {} : { stdinGraceMs: times.stdinGraceMs }),
    ...(times.termGraceMs === undefined ? {} : { termGraceMs: times.termGraceMs }),
  };
}

/** Stop times from the wire. */
export function fromStopTimesMessage(message: StopTimes__Output | null | undefined): Partial<StopTimes> {
  return {
    ...(message?.stdinGraceMs === undefined ? {} : { stdinGraceMs: message.stdinGraceMs }),
    ...(message?.termGraceMs === undefined ? {} : { termGraceMs: message.termGraceMs }),
  };
}
