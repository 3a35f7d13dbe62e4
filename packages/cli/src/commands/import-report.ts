import { type ImportPlan, maskServer, type PlannedServer } from "@fairlead/config";
import type { ImportSource } from "../clients/read-import-source.js";
import { plainCell } from "../output/plain-text.js";
import { formatTable } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";

/** What an import came to. */
export interface ImportOutcome {
  readonly plan: ImportPlan;
  readonly source: ImportSource;
  /** Our configuration file. */
  readonly file: string;
  /** What changes in it, secrets masked; empty if nothing does. */
  readonly diff: string;
  readonly isDryRun: boolean;
}

/** What `fairlead import --json` prints. */
export function importJson({ plan, source, file, diff, isDryRun }: ImportOutcome): object {
  return {
    file,
    dryRun: isDryRun,
    changed: diff !== "",
    from: source.files,
    servers: plan.servers.map((server) => ({
      ...server,
      entry: maskServer(server.entry),
    })),
    left: source.left,
    diff,
  };
}

/** Prints what an import came to: a line for each server, then what its owner has to know. */
export function tellImport(outcome: ImportOutcome, terminal: Terminal): void {
  const { plan, source, file, diff, isDryRun } = outcome;
  if (plan.servers.length === 0) {
    terminal.tell(plainCell(`fairlead: no servers in ${source.files.join(", ")}`));
  } else {
    const rows = plan.servers.map((server) => [server.name, statusOf(server), whatIs(server)].map(plainCell));
    const columns = process.stdout.columns ?? Number.POSITIVE_INFINITY;
    terminal.print(formatTable(["NAME", "STATUS", "COMMAND OR URL"], rows, columns));
  }
  if (isDryRun && diff !== "") terminal.print(`--- ${file}\n+++ ${file}\n${diff.trimEnd()}`);
  for (const line of linesOf(plan, source)) terminal.tell(plainCell(line));
  if (isDryRun) terminal.tell("fairlead: this was a dry run; nothing was written");
  else if (diff === "") terminal.tell(`fairlead: nothing to change in ${file}`);
}

/** Prints why servers cannot be taken over. */
export function tellProblems(plan: ImportPlan, terminal: Terminal): void {
  for (const line of plan.servers.flatMap(problemLines)) terminal.tell(plainCell(line));
}

function linesOf(plan: ImportPlan, { left }: ImportSource): string[] {
  return [
    ...plan.servers.flatMap((server) => [
      ...problemLines(server),
      ...server.notes.map(({ key, text }) => line(server, key, text)),
      ...server.left.map(({ key, reason }) => line(server, key, `left: ${reason}`)),
    ]),
    ...left.map(({ key, reason }) => `${key} left: ${reason}`),
    // Last, for it is what has to be done now.
    ...plan.servers
      .filter(({ status }) => status !== "invalid")
      .flatMap((server) => server.toSet.map(({ key, text }) => line(server, `${key}:`, text))),
  ];
}

/** Why a server cannot be taken over, a line for each reason; none for one that can. */
export function problemLines(server: PlannedServer): string[] {
  const { status, problems, proposedName } = server;
  if (status !== "invalid") return [];
  const proposal = proposedName === undefined ? "" : ` (${proposedName} would be possible)`;
  return problems.map(({ key, text }) => `${line(server, key, text)}${proposal}`);
}

function line({ theirName }: PlannedServer, key: string, text: string): string {
  return `${theirName}: ${key === "" ? text : `${key} ${text}`}`;
}

function statusOf({ status, theirName, name }: PlannedServer): string {
  return name === theirName ? status : `${status} (${theirName})`;
}

function whatIs({ entry }: PlannedServer): string {
  const masked = maskServer(entry);
  const { command, args = [], url } = masked as { command?: string; args?: readonly string[]; url?: string };
  return url ?? [command ?? "", ...args].join(" ");
}
