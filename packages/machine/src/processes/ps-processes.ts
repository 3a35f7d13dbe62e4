import { execFile } from "node:child_process";
import type { ProcessEntry, ProcessSystem, ProcessTable } from "./process-system.js";
import { createSharedRead } from "./shared-read.js";

const columns = "pid=,ppid=,pgid=,rss=,time=,stat=,lstart=,comm=";

/** What is noted at a launch is a bound, up to two seconds early; what ps tells is rounded. */
const startToleranceMs = 3_000;

/** Processes as `ps` shows them, for macOS and the BSDs, which have no /proc to count on. */
export const psProcesses: ProcessSystem = {
  readTable: createSharedRead(() => runPs(["-axo", columns])),
  lookUp: (pids) =>
    pids.length === 0 ? Promise.resolve(new Map()) : runPs(["-o", columns, "-p", pids.join(",")]),
  // ps tells whole seconds, and its clock and ours may round differently.
  startBound: () => Math.floor(Date.now() / 1_000) * 1_000 - 1_000,
  isSameStart: (noted, seen) => Math.abs(seen - noted) <= startToleranceMs,
  ageMs: (startedAt) => Math.max(0, Date.now() - startedAt),
  pollMs: { first: 20, most: 100 },
  blindSpots: [
    "This system does not show environments: a process that left its group and whose parent ended before the stop was not looked for",
  ],
};

/** Reads the lines that `ps` prints for our columns; others are skipped. */
export function parsePs(output: string): ProcessTable {
  const table = new Map<number, ProcessEntry>();
  const pattern =
    /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/;
  for (const line of output.split("\n")) {
    const match = pattern.exec(line);
    if (match === null) continue;
    const [, pid, parentPid, groupId, memoryKiB, cpu = "", state = "", startedAt = "", command = ""] = match;
    const startedAtMs = Date.parse(`${startedAt} UTC`);
    if (Number.isNaN(startedAtMs)) continue;
    table.set(Number(pid), {
      pid: Number(pid),
      parentPid: Number(parentPid),
      groupId: Number(groupId),
      sessionId: undefined,
      startedAt: startedAtMs,
      cpuMs: parseCpuMs(cpu),
      state: state.startsWith("Z") ? "dead" : state.startsWith("T") ? "suspended" : "running",
      name: command.slice(command.lastIndexOf("/") + 1),
      treeIds: () => [],
      memoryBytes: () => Number(memoryKiB) * 1_024,
    });
  }
  return table;
}

function runPs(args: readonly string[]): Promise<ProcessTable> {
  return new Promise((resolve, reject) => {
    const options = { env: { PATH: "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" }, maxBuffer: 64 * 1024 * 1024 };
    execFile("ps", args, options, (error, stdout, stderr) => {
      // With -p, ps fails in silence when none of the processes is there any more.
      const isNobodyThere = args.includes("-p") && error?.code === 1 && `${stdout}${stderr}`.trim() === "";
      if (error === null || isNobodyThere) resolve(parsePs(stdout));
      else reject(error);
    });
  });
}

/** `12:34.56`, `1:02:03` or `2-03:04:05`: the systems differ. */
function parseCpuMs(text: string): number | undefined {
  const [, days = "0", clock = ""] = /^(?:(\d+)-)?([\d:]+(?:\.\d+)?)$/.exec(text) ?? [];
  if (clock === "") return undefined;
  const [seconds = 0, minutes = 0, hours = 0] = clock.split(":").map(Number).toReversed();
  return Math.round((((Number(days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000);
}
