import type { Readable } from "node:stream";
import { createDeferred, type OutputHandler, type OutputName } from "@fairlead/core";
import { createOutputPump, type OutputPump } from "./output-pump.js";

/** The outputs of a child, and the rule when they count as finished after its end. */
export interface Outputs {
  consumed(name: OutputName, byteCount: number): void;
  /**
   * Starts the clock that runs when the child has exited. Settles when all outputs ended and were delivered, or when the
   * time is over because a grandchild holds a pipe. The clock stands still while an output waits for credit.
   */
  drain(): Promise<void>;
  /** From now on nobody will give credit: what waits for it is given up. */
  abandon(): void;
}

/** How the outputs are read. */
export interface OutputsOptions {
  readonly windowBytes: number;
  readonly drainMs: number;
  readonly onOutput: OutputHandler;
}

/** Starts to read all outputs that there are. */
export function createOutputs(
  sources: Readonly<Partial<Record<OutputName, Readable>>>,
  options: OutputsOptions,
): Outputs {
  const drained = createDeferred<void>();
  let abandoned = false;
  let state: { name: "running" | "drained" } | Draining = { name: "running" };

  const pumpOf = (name: OutputName): OutputPump | undefined => {
    const source = sources[name];
    if (source === undefined) return undefined;
    return createOutputPump(source, { ...options, name, onStarvedChange: () => updateClock() });
  };
  const pumps = { stdout: pumpOf("stdout"), stderr: pumpOf("stderr") };
  const all = [pumps.stdout, pumps.stderr].filter((pump) => pump !== undefined);

  function updateClock(): void {
    if (abandoned) for (const pump of all) if (pump.isStarved()) pump.destroy();
    if (state.name !== "draining") return;
    if (state.timer !== undefined) {
      clearTimeout(state.timer);
      state.leftMs -= performance.now() - state.runsSince;
      state.timer = undefined;
    }
    if (all.some((pump) => pump.isStarved())) return;
    state.runsSince = performance.now();
    // One more turn: what lies in the pipe is read before timers that ran late may close it.
    const timer = setTimeout(() => setImmediate(giveUp, timer), Math.max(0, state.leftMs));
    state.timer = timer;
  }

  function giveUp(timer: NodeJS.Timeout): void {
    // Another timer, or none: an output ran out of credit in that last turn.
    if (state.name !== "draining" || state.timer !== timer) return;
    for (const pump of all) pump.destroy();
  }

  function drain(): Promise<void> {
    if (state.name !== "running") return drained.promise;
    state = { name: "draining", leftMs: options.drainMs, runsSince: performance.now(), timer: undefined };
    updateClock();
    void Promise.all(all.map((pump) => pump.ended)).then(() => {
      if (state.name === "draining") clearTimeout(state.timer);
      state = { name: "drained" };
      drained.resolve();
    });
    return drained.promise;
  }

  return {
    consumed: (name, byteCount) => pumps[name]?.consumed(byteCount),
    drain,
    abandon: () => {
      abandoned = true;
      updateClock();
    },
  };
}

interface Draining {
  readonly name: "draining";
  leftMs: number;
  runsSince: number;
  timer: NodeJS.Timeout | undefined;
}
