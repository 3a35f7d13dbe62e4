import { expect, test } from "vitest";
import { mergeStopReports } from "./merge-stop-reports.js";

const process = (pid: number): { pid: number; name: string } => ({ pid, name: `p${pid}` });

test("reports are joined, and each blind spot is told once", () => {
  const one = { ended: [process(1)], forced: [], survived: [], blindSpots: ["no cookie"] };
  const other = {
    ended: [process(2)],
    forced: [process(3)],
    survived: [process(4)],
    blindSpots: ["no cookie", "x"],
  };
  expect(mergeStopReports([one, other])).toEqual({
    ended: [process(1), process(2)],
    forced: [process(3)],
    survived: [process(4)],
    blindSpots: ["no cookie", "x"],
  });
  expect(mergeStopReports([])).toEqual({ ended: [], forced: [], survived: [], blindSpots: [] });
});
