import { setTimeout as sleep } from "node:timers/promises";
import type { Terminal } from "../output/terminal.js";
import { createCpuMeter } from "../top/cpu-meter.js";
import { createMachineWatch } from "../top/machine-watch.js";
import { renderTop } from "../top/render-top.js";
import { openScreen } from "../top/screen.js";
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
  const sources: SnapshotSources = {
    home: context.home,
    watch: createMachineWatch(names, context),
    cpu: createCpuMeter(),
  };
  const isScreen = process.stdout.isTTY && process.env["TERM"] !== "dumb" && flags.json !== true;
  if (isScreen) return await showLive(sources, context, flags);
  if (flags.json === true && flags.interval !== undefined) {
    return await printStream(sources, context, flags.interval * 1_000);
  }
  const snapshot = await takeMeasured(sources, context);
  if (flags.json === true) terminal.printJson(snapshot);
  else {
    const room = {
      columns: process.stdout.columns ?? Number.POSITIVE_INFINITY,
      rows: Number.POSITIVE_INFINITY,
    };
    for (const line of renderTop(snapshot, room)) terminal.print(line);
  }
}

async function showLive(sources: SnapshotSources, context: CommandContext, flags: TopFlags): Promise<void> {
  const intervalMs = (flags.interval ?? defaultIntervalSec) * 1_000;
  const quit = new AbortController();
  const onHangUp = (): void => quit.abort();
  const signal = AbortSignal.any([quit.signal, context.signal]);
  let shown: TopSnapshot | undefined;
  const draw = (): void => {
    if (shown !== undefined) screen.draw(withHint(renderTop(shown, screen), screen));
  };
  using screen = openScreen(process.stdin, process.stdout, {
    onKeys: (keys) => {
      // In raw mode Ctrl-C is a key like others.
      if (/[qQ\u0003\u0004]/.test(keys)) quit.abort();
    },
    onResize: draw,
  });
  process.once("SIGHUP", onHangUp);
  process.stdout.on("error", onHangUp);
  try {
    let patienceMs = oneOfManyMs;
    while (!signal.aborted) {
      const next = await Promise.race([takeSnapshot(sources, patienceMs), aborted(signal)]);
      if (next === undefined) break;
      const isFirst = shown === undefined;
      shown = next;
      draw();
      patienceMs = Math.min(oneOfManyMs, intervalMs);
      await pause(isFirst ? Math.min(measureMs, intervalMs) : intervalMs, signal);
    }
  } finally {
    process.off("SIGHUP", onHangUp);
    process.stdout.off("error", onHangUp);
  }
}

/** On the last line, where there is room. */
function withHint(lines: readonly string[], { rows }: { readonly rows: number }): readonly string[] {
  const empty = rows - lines.length - 1;
  return empty < 1 ? lines : [...lines, ...Array.from({ length: empty }, () => ""), "q quits"];
}

async function printStream(
  sources: SnapshotSources,
  context: CommandContext,
  intervalMs: number,
): Promise<void> {
  const gone = new AbortController();
  const onGone = (): void => gone.abort();
  process.stdout.on("error", onGone);
  const signal = AbortSignal.any([gone.signal, context.signal]);
  let snapshot = await takeMeasured(sources, context);
  while (!signal.aborted) {
    process.stdout.write(`${JSON.stringify(snapshot)}\n`);
    await pause(intervalMs, signal);
    if (!signal.aborted) snapshot = await takeSnapshot(sources, oneOfManyMs);
  }
  process.stdout.off("error", onGone);
}

/** How busy a process is takes two looks to see. */
async function takeMeasured(sources: SnapshotSources, context: CommandContext): Promise<TopSnapshot> {
  const first = await takeSnapshot(sources, onlyLookMs);
  if (!first.servers.some(({ processCount }) => processCount > 0)) return first;
  await pause(measureMs, context.signal);
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
