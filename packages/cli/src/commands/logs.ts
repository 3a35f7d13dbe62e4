import { didYouMean, type FairleadConfig } from "@fairlead/config";
import { errorTable, FairleadError, toFairleadError } from "@fairlead/core";
import { followLog } from "../log/follow-log.js";
import type { LogEntry } from "../log/log-entry.js";
import { listLogFiles, logFolder } from "../log/log-files.js";
import { type ReadMarks, readLog } from "../log/read-log.js";
import { showEntry } from "../log/show-entry.js";
import type { Terminal } from "../output/terminal.js";
import { findHome } from "../runtime/home.js";
import type { CommonFlags } from "./flags.js";
import { loadSettings } from "./settings.js";

/** What was typed after `fairlead logs`. */
export interface LogsFlags extends CommonFlags {
  readonly follow?: boolean;
  /** Unix time in milliseconds. */
  readonly since?: number;
  /** @default 100, or everything since `--since` */
  readonly lines?: number;
}

/** A screenful or three. */
const defaultLines = 100;

/**
 * `fairlead logs`: what servers said on stderr and what happened to them, as every host of this home wrote it down. It needs
 * no running host. With `--json` each entry is a line of its own.
 */
export async function logsCommand(
  name: string | undefined,
  flags: LogsFlags,
  terminal: Terminal,
): Promise<void> {
  const home = await findHome(process.env);
  const folder = logFolder(home);
  if (name !== undefined) await checkName(name, { folder, flags, terminal });
  const marks: ReadMarks = new Map();
  const query = { server: name, sinceMs: flags.since };
  const count = flags.lines ?? (flags.since === undefined ? defaultLines : undefined);
  const entries = await readLog(folder, { ...query, count }, marks);
  using ending = untilUnwanted();
  const { signal } = ending;
  const show = (entry: LogEntry): Promise<void> =>
    printLine(
      flags.json === true ? JSON.stringify(entry) : showEntry(entry, { hasName: name === undefined }),
      signal,
    );
  for (const entry of entries) {
    if (signal.aborted) return leaveUnread();
    await show(entry);
  }
  if (flags.follow !== true) {
    if (entries.length === 0 && flags.json !== true) terminal.tell(describeNothing(name, flags));
    return;
  }
  for await (const further of followLog(folder, { query, marks, signal })) {
    for (const entry of further) if (!signal.aborted) await show(entry);
  }
  leaveUnread();
}

/** @throws FairleadError `not_found` where nothing of that name is configured, and nothing ever was */
async function checkName(
  name: string,
  {
    folder,
    flags,
    terminal,
  }: { readonly folder: string; readonly flags: CommonFlags; readonly terminal: Terminal },
): Promise<void> {
  const logged = new Set((await listLogFiles(folder)).map(({ server }) => server));
  if (logged.has(name)) return;
  // A configuration that cannot be read is a reason to look at logs, and none to show nothing.
  const config = await loadSettings(flags, terminal).then(
    (settings) => settings.config,
    (thrown: unknown) => terminal.warn(toFairleadError(thrown).message, flags.json === true),
  );
  const known = new Set([...logged, ...(config === undefined ? [] : await namesIn(config))]);
  if (known.has(name)) return;
  const list = [...known].toSorted().join(", ");
  const all = list === "" ? " None is configured, and none has a log." : ` Known are ${list}.`;
  throw new FairleadError(
    "not_found",
    `There is no server ${JSON.stringify(name)}.${didYouMean(name, known) || all}`,
    { reason: "server_unknown", effect: "none", details: { server: name } },
  );
}

async function namesIn(config: FairleadConfig): Promise<readonly string[]> {
  const { builtInsOf } = await import("../serve/built-in-servers.js");
  const builtIns = builtInsOf(config).map((builtIn) => builtIn.name);
  return [...config.servers.keys(), ...config.connectors.keys(), ...builtIns];
}

function describeNothing(name: string | undefined, { since }: LogsFlags): string {
  const whom = name === undefined ? "" : ` of ${name}`;
  if (since !== undefined) return `Nothing was logged${whom} since then`;
  return `Nothing is logged${whom} yet; fairlead serve writes down what its servers say and do`;
}

/** Aborted by Ctrl-C and SIGTERM, and where nobody reads our output any more. */
function untilUnwanted(): Disposable & { readonly signal: AbortSignal } {
  const unwanted = new AbortController();
  const onSignal = (): void => {
    process.exitCode = errorTable.canceled.exit;
    unwanted.abort();
  };
  const onGone = (): void => unwanted.abort();
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  process.stdout.on("error", onGone);
  return {
    signal: unwanted.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
      process.stdout.off("error", onGone);
    },
  };
}

/** What a reader who stands still has not taken would keep this process for ever. */
function leaveUnread(): void {
  if (process.stdout.writableLength > 0) process.exit();
}

/** Settles when it may go on: a reader who is slow must not fill our memory, and one who never reads must not keep us. */
function printLine(line: string, signal: AbortSignal): Promise<void> {
  if (process.stdout.write(`${line}\n`) || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const goOn = (): void => {
      process.stdout.off("drain", goOn);
      signal.removeEventListener("abort", goOn);
      resolve();
    };
    process.stdout.once("drain", goOn);
    signal.addEventListener("abort", goOn);
  });
}
