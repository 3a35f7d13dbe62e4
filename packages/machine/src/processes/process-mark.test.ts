import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { judgeMark, markOf, pidOfMark, pidSpace, processMark, processMarks } from "./process-mark.js";

const hasStartTimes = existsSync("/proc/self/stat");
/** Above every number that a system gives. */
const nobody = 2 ** 30;

function beganOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

test("a mark names this process, in letters that file names take", () => {
  const mark = processMark();
  expect(mark).toMatch(/^\d+-[0-9a-z]+-[0-9a-f]{8}$/);
  expect(pidOfMark(mark)).toBe(process.pid);
  expect(judgeMark(mark)).toBe("alive");
});

test("a number that nobody has is dead, with and without a place", () => {
  expect(judgeMark(String(nobody))).toBe("dead");
  expect(judgeMark(markOf(nobody, 1, pidSpace()))).toBe("dead");
});

test("a process of another container or boot is unknown, be its number free here or that of somebody else", () => {
  for (const pid of [nobody, process.pid, 1]) expect(judgeMark(markOf(pid, 1, "ffffffff"))).toBe("unknown");
});

test.runIf(hasStartTimes)("a number that another process has by now is that of a dead one", () => {
  const began = Number(beganOf(process.ppid));
  expect(processMarks.judge(markOf(process.ppid, began, pidSpace()))).toBe("alive");
  expect(judgeMark(markOf(process.ppid, 1, pidSpace()))).toBe("dead");
});

test("where nobody knows when a process began, its number alone counts", () => {
  const mark = markOf(process.pid, undefined, pidSpace());
  expect([judgeMark(mark), processMarks.judge(mark)]).toEqual(["alive", "likely"]);
  expect(judgeMark(String(process.pid))).toBe("alive");
});

test.each(["", "x", "1.sock", "1-2", "-1", "1-2-xyz", "../1", "12345678901"])("%j is no mark", (text) => {
  expect(pidOfMark(text)).toBeUndefined();
});
