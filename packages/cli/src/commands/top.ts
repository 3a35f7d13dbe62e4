import { setTimeout as sleep } from "node:timers/promises";
import { resolveExecutor } from "@fairlead/config";
import { errorTable, FairleadError } from "@fairlead/core";
import type { Terminal } from "../output/terminal.js";
import { createCpuMeter } from "../top/cpu-meter.js";
import { createMachineWatch } from "../top/machine-watch.js";
import { renderTop } from "../top/render-top.js";
import { openScreen } from "../top/screen.js";
import { orderOf, sortRows, type TopOrder } from "../top/sort-rows.js";
import { type SnapshotSources, type TopSnapshot, takeSnapshot } from "../top/top-snapshot.js";
import { type CommandContext, openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** What was typed after `fairlead top`. */
export interface TopFlags extends CommonFlags {
  readonly executor?: string;
  /** Seconds between two looks. @default 2 on a terminal; elsewhere there is one look */
  readonly interval?: number;
}

const defaultIntervalSec = 2;

/** How long one look waits for machines: where it is the only one, and where another follows. */
const onlyLookMs = 10_000;
const oneOfManyMs = 1_000;

/** Between two looks that are made only to see how busy processes are. */
const measureMs = 500;

/**
 * `fairlead top`: what runs on every machine, drawn anew all the time on a terminal. Elsewhere one table, or with `--json`
 * one snapshot, and with `--interval` one a line.
 */
export async function topCommand(flags: TopFlags, terminal: Terminal): Promise<void> {
  await using context = await openContext(flags, terminal);
  const names =
    flags.executor === undefined ? ["local", ...context.config.executors.keys()] : [flags.executor];
  // A machine that does not answer may later; one that nobody configured never does.
  for (const name of names) resolveExecutor(context.config, name);
  using ending = endOf(context);
  const { signal } = ending;
  const sources: SnapshotSources = {
    home: context.home,
    watch: createMachineWatch(names, { ...context, signal }),
    cpu: createCpuMeter(),
  };
  const isScreen = process.stdout.isTTY && process.env["TERM"] !== "dumb" && flags.json !== true;
  if (isScreen) return await showLive(sources, ending, flags);
  if (flags.json === true && flags.interval !== undefined) {
    return await printStream(sources, ending, flags.interval * 1_000);
  }
  const snapshot = await takeMeasured(sources, signal);
  if (signal.aborted) return;
  if (flags.json === true) terminal.printJson(snapshot);
  else {
    const room = {
      columns: process.stdout.columns ?? Number.POSITIVE_INFINITY,
      rows: Number.POSITIVE_INFINITY,
    };
    for (const line of renderTop(snapshot, room)) terminal.print(line);
  }
}

/** The end of a command, for whatever reason. Disposing it ends what is still under way. */
interface Ending extends Disposable {
  readonly signal: AbortSignal;
  /** Ends it because somebody wants that. */
  quit(): void;
}

/** Signals, and a reader who goes away, end it too. */
function endOf(context: CommandContext): Ending {
  const end = new AbortController();
  const quit = (): void => end.abort(new FairleadError("canceled", "fairlead top was ended"));
  const onSignal = (): void => {
    process.exitCode = errorTable.canceled.exit;
    quit();
  };
  context.signal.addEventListener("abort", onSignal, { once: true });
  process.once("SIGHUP", onSignal);
  process.stdout.on("error", quit);
  return {
    signal: end.signal,
    quit,
    [Symbol.dispose]() {
      context.signal.removeEventListener("abort", onSignal);
      process.off("SIGHUP", onSignal);
      process.stdout.off("error", quit);
      quit();
    },
  };
}

async function showLive(sources: SnapshotSources, ending: Ending, flags: TopFlags): Promise<void> {
  const intervalMs = (flags.interval ?? defaultIntervalSec) * 1_000;
  const { signal } = ending;
  let shown: TopSnapshot | undefined;
  let order: TopOrder = "state";
  const draw = (): void => {
    if (shown === undefined) return;
    const sorted = { ...shown, servers: sortRows(shown.servers, order) };
    screen.draw(withHint(renderTop(sorted, screen), screen));
  };
  using screen = openScreen(process.stdin, process.stdout, {
    onKeys: (keys) => {
      if (quitKeys.some((key) => keys.includes(key))) return ending.quit();
      order = orderOf(keys) ?? order;
      draw();
    },
    onResize: draw,
  });
  const over = aborted(signal);
  for (let count = 0; !signal.aborted; count += 1) {
    const patienceMs = count === 0 ? oneOfManyMs : Math.min(oneOfManyMs, intervalMs);
    const next = await Promise.race([takeSnapshot(sources, patienceMs), over]);
    if (next === undefined) return;
    shown = next;
    draw();
    await pause(count === 0 ? Math.min(measureMs, intervalMs) : intervalMs, signal);
  }
}

/** In raw mode Ctrl-C and Ctrl-D are keys like others. */
const quitKeys = ["q", "Q", "\u0003", "\u0004"];

const keysHint = "q quits; sorts by: s state, c CPU, m memory";

/** On the last line, where there is room. */
function withHint(lines: readonly string[], { rows }: { readonly rows: number }): readonly string[] {
  const empty = rows - lines.length - 1;
  return empty < 1
    ? lines
    : [...lines, ...Array.from({ length: empty }, () => ""), process.stdin.isTTY ? keysHint : "Ctrl-C quits"];
}

async function printStream(sources: SnapshotSources, { signal }: Ending, intervalMs: number): Promise<void> {
  let snapshot = await takeMeasured(sources, signal);
  while (!signal.aborted) {
    process.stdout.write(`${JSON.stringify(snapshot)}\n`);
    await pause(intervalMs, signal);
    if (!signal.aborted) snapshot = await takeSnapshot(sources, oneOfManyMs);
  }
}

/** How busy a process is takes two looks to see. */
async function takeMeasured(sources: SnapshotSources, signal: AbortSignal): Promise<TopSnapshot> {
  const first = await takeSnapshot(sources, onlyLookMs);
  if (!first.servers.some(({ processCount }) => processCount > 0)) return first;
  await pause(measureMs, signal);
  return takeSnapshot(sources, oneOfManyMs);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    // Whoever waits looks at the signal itself.
  });
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
