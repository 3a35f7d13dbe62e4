import { hostname } from "node:os";
import { askHosts } from "../control/ask-hosts.js";
import type { CpuMeter } from "./cpu-meter.js";
import type { MachineState, MachineWatch } from "./machine-watch.js";
import { type TopRow, toTopRows } from "./top-row.js";

/** Everything that runs, at one moment. */
export interface TopSnapshot {
  /** ISO 8601. */
  readonly time: string;
  /** The name of this machine. */
  readonly machine: string;
  /** How each executor answered. */
  readonly machines: readonly MachineState[];
  /** The hosts that run here: each `fairlead serve`. */
  readonly hosts: readonly {
    readonly pid: number;
    readonly version: string;
    readonly ageMs: number;
    readonly url?: string;
  }[];
  readonly servers: readonly TopRow[];
}

/** What is asked for a snapshot. */
export interface SnapshotSources {
  readonly home: string;
  readonly watch: MachineWatch;
  readonly cpu: CpuMeter;
}

/** Asks every host and every machine. @param patienceMs for machines; who answers later is in the next one */
export async function takeSnapshot(
  { home, watch, cpu }: SnapshotSources,
  patienceMs: number,
): Promise<TopSnapshot> {
  const [hosts, { machines, trees }] = await Promise.all([askHosts(home), watch.look(patienceMs)]);
  cpu.look(trees, performance.now());
  const machine = hostname();
  const nowMs = Date.now();
  return {
    time: new Date(nowMs).toISOString(),
    machine,
    machines,
    hosts: hosts.map(({ pid, version, ageMs, url }) => ({
      pid,
      version,
      ageMs,
      ...(url === undefined ? {} : { url }),
    })),
    servers: toTopRows({ hosts, trees, machine, cpuOf: (tree) => cpu.of(tree), nowMs }),
  };
}
