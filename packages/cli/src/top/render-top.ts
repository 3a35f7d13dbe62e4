import { plainCell } from "../output/plain-text.js";
import { type Column, formatTable } from "../output/table.js";
import { cutToWidth } from "../output/text-width.js";
import { formatBytes, formatDuration } from "../output/units.js";
import { describeStarter } from "../runtime/describe-starter.js";
import type { TopRow } from "./top-row.js";
import type { TopSnapshot } from "./top-snapshot.js";

/** How much room there is; endless where it goes to a file. */
export interface TopRoom {
  readonly columns: number;
  readonly rows: number;
}

/** From this width on there is room for who started it. */
const wideColumns = 100;

/** Lays a snapshot out: a summary, what cannot be reached, the table, and why servers failed as far as there is room. */
export function renderTop(snapshot: TopSnapshot, room: TopRoom): readonly string[] {
  const head = [summaryOf(snapshot), ...troublesOf(snapshot), ""];
  const isWide = room.columns >= wideColumns;
  const columns: readonly Column[] = [
    { title: "SERVER", shrinks: true },
    { title: "STATE" },
    { title: "EXECUTOR", shrinks: true },
    ...(isWide ? [{ title: "STARTED BY", shrinks: true }] : []),
    { title: "PID", align: "right" },
    { title: "CPU", align: "right" },
    { title: "MEMORY", align: "right" },
    { title: "CALLS", align: "right" },
    { title: "AGENTS", align: "right" },
    { title: "AGE", align: "right" },
  ];
  const cells = snapshot.servers.map((row) => cellsOf(row, { snapshot, isWide }));
  const table = formatTable(columns, cells, room.columns).split("\n");
  const bodyRows = Math.max(2, room.rows - head.length);
  const left = table.length - bodyRows;
  const body =
    left <= 0
      ? table
      : [...table.slice(0, bodyRows - 1), `… and ${left + 1} more; a higher window shows them`];
  const reasons = body.length < table.length ? [] : failuresOf(snapshot);
  const lines = [...head, ...body, ...(reasons.length === 0 ? [] : ["", ...reasons])];
  return lines.slice(0, room.rows).map((line) => cutToWidth(line, room.columns));
}

function summaryOf({ time, hosts, servers }: TopSnapshot): string {
  const states = new Map<string, number>();
  for (const { state } of servers) states.set(state, (states.get(state) ?? 0) + 1);
  const told = [...states].map(([state, count]) => `${count} ${state}`).join(", ");
  const memoryBytes = servers.reduce((sum, row) => sum + row.memoryBytes, 0);
  const loads = servers.flatMap(({ cpuPercent }) => cpuPercent ?? []);
  return [
    new Date(time).toTimeString().slice(0, 8),
    hosts.length === 1 ? "1 host" : `${hosts.length} hosts`,
    told === "" ? "no servers" : told,
    `memory ${formatBytes(memoryBytes)}`,
    ...(loads.length === 0 ? [] : [`CPU ${formatPercent(loads.reduce((sum, load) => sum + load, 0))}`]),
  ].join("  ");
}

function troublesOf({ machines }: TopSnapshot): readonly string[] {
  return machines.flatMap(({ executor, status, problem }) => {
    if (status === "ok") return [];
    return [plainCell(status === "waiting" ? `${executor} has not answered yet` : (problem ?? executor))];
  });
}

function failuresOf({ servers }: TopSnapshot): readonly string[] {
  return servers.flatMap(({ state, server, lastFailure }) => {
    if (lastFailure === undefined || state === "ready" || state === "idle") return [];
    return [plainCell(`${server}: ${lastFailure.message}`)];
  });
}

function cellsOf(
  row: TopRow,
  { snapshot, isWide }: { readonly snapshot: TopSnapshot; readonly isWide: boolean },
): readonly string[] {
  const { pids, cpuPercent, memoryBytes, calls, agentCount, ageMs, startedBy } = row;
  const [pid] = pids;
  const more = pids.length > 1 ? `+${pids.length - 1}` : "";
  const starter = startedBy === undefined ? "" : describeStarter(startedBy, snapshot);
  return [
    plainCell(row.server),
    plainCell(row.state),
    plainCell(row.executor),
    ...(isWide ? [plainCell(starter)] : []),
    pid === undefined ? "-" : `${pid}${more}`,
    cpuPercent === undefined ? "-" : formatPercent(cpuPercent),
    pid === undefined ? "-" : formatBytes(memoryBytes),
    calls === undefined ? "-" : calls.active > 0 ? `${calls.active}/${calls.total}` : String(calls.total),
    agentCount === undefined ? "-" : String(agentCount),
    ageMs === undefined ? "-" : formatDuration(ageMs),
  ];
}

/** In at most 6 characters for a machine of a hundred processors. */
function formatPercent(percent: number): string {
  return `${percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`;
}
