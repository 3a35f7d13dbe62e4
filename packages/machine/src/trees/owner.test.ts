import { expect, it } from "vitest";
import type { ProcessEntry, ProcessSystem } from "../processes/process-system.js";
import { judgeOwner, type TreeOwner } from "./owner.js";

const here = { host: "box", bootId: "b", pidNamespace: "n" };
const owner: TreeOwner = { ...here, ownerId: "o_1", pid: 77, startedAt: 100, cgroupPath: undefined };

function systemWith(entry: Partial<ProcessEntry> | undefined): ProcessSystem {
  const base = { parentPid: 1, groupId: 77, sessionId: 77, startedAt: 100, name: "node" };
  const whole: ProcessEntry = {
    pid: 77,
    ...base,
    state: "running",
    treeIds: () => [],
    memoryBytes: () => 0,
    ...entry,
  };
  const table = new Map(entry === undefined ? [] : [[77, whole]]);
  return {
    readTable: () => Promise.resolve(table),
    lookUp: () => Promise.resolve(table),
    startBound: () => 0,
    isSameStart: (noted, seen) => noted === seen,
    ageMs: () => 0,
    pollMs: { first: 1, most: 1 },
    blindSpots: [],
  };
}

it.each([
  ["alive", "runs", {}, {}],
  ["alive", "is suspended", { state: "suspended" }, {}],
  ["dead", "is a zombie", { state: "dead" }, {}],
  ["dead", "is gone", undefined, {}],
  ["dead", "left its pid to somebody else", { startedAt: 101 }, {}],
  ["alive", "runs while the host was renamed", {}, { host: "box.local" }],
  ["foreign", "ran before a boot, or on a clone of this machine", undefined, { bootId: "a" }],
  ["foreign", "runs on another machine", undefined, { host: "other", bootId: "x" }],
  ["foreign", "runs in another container", undefined, { pidNamespace: "m" }],
] as const)("calls an owner %s that %s", async (state, _, entry, more) => {
  expect(await judgeOwner({ ...owner, ...more }, here, systemWith(entry))).toBe(state);
});

it("keeps its hands off another host where no system tells its boot", async () => {
  const dark = { ...here, bootId: "" };
  expect(await judgeOwner({ ...owner, ...dark }, dark, systemWith(undefined))).toBe("dead");
  const other = { ...owner, ...dark, host: "other" };
  expect(await judgeOwner(other, dark, systemWith(undefined))).toBe("foreign");
});
