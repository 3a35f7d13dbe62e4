import {
  FairleadError,
  type LaunchedProcess,
  type LaunchSpec,
  type OutputName,
  type ProcessExit,
  type StopTimes,
  settlesWithinMs,
  untilAborted,
} from "@fairlead/core";
import type { DevboxMachine } from "./devbox-machine.js";
import { OutputTail } from "./output-tail.js";

/** Processes of one agent at once, those included whose end it has not looked at. */
const maxProcesses = 32;

/** From so many ended ones on that left something running, all are asked again whether it still runs. */
const manyEnded = 32;

/** A command that nobody waits for any more gets no long farewell: its input says nothing to it, and agents are in a hurry. */
export const devboxStopTimes: StopTimes = { stdinGraceMs: 0, termGraceMs: 500 };

/** One process that an agent started. */
export interface RunningProcess {
  /** By which the agent names it. */
  readonly id: number;
  readonly launched: LaunchedProcess;
  readonly output: OutputTail;
  readonly isTerminal: boolean;
  /** Set once it has ended and all of its output is here. */
  exit: ProcessExit | undefined;
}

/** The processes that one agent started on a machine. Closing ends them all. */
export class RunningProcesses {
  readonly #machine: DevboxMachine;
  readonly #processes = new Map<number, RunningProcess>();
  /** Their end was told, but what they started may run on. */
  readonly #ended = new Set<LaunchedProcess>();
  readonly #closing = new AbortController();
  #lastId = 0;

  constructor(machine: DevboxMachine) {
    this.#machine = machine;
  }

  /** Starts one. Its output is kept from the first byte on. @throws FairleadError of the launcher, or `limit_reached` */
  async start(spec: LaunchSpec, signal: AbortSignal): Promise<RunningProcess> {
    this.#makeRoom();
    const output = new OutputTail();
    const early: [OutputName, number][] = [];
    const started: { process?: LaunchedProcess } = {};
    const onOutput = (name: OutputName, chunk: Uint8Array): void => {
      output.push(name, chunk);
      if (started.process === undefined) early.push([name, chunk.length]);
      else started.process.consumed(name, chunk.length);
    };
    const id = ++this.#lastId;
    const options = { onOutput, signal: AbortSignal.any([signal, this.#closing.signal]) };
    const launched = await this.#machine.launcher.launch(spec, options);
    started.process = launched;
    for (const [name, byteCount] of early) launched.consumed(name, byteCount);
    const running: RunningProcess = {
      id,
      launched,
      output,
      isTerminal: spec.stdio?.mode === "pty",
      exit: undefined,
    };
    this.#processes.set(id, running);
    void launched.closed.then((exit) => (running.exit = exit));
    if (this.#closing.signal.aborted) await launched.stop(devboxStopTimes);
    return running;
  }

  /** @throws FairleadError `not_found` */
  find(id: number): RunningProcess {
    const running = this.#processes.get(id);
    if (running !== undefined) return running;
    const known = [...this.#processes.keys()].join(", ") || "none";
    throw new FairleadError("not_found", `There is no process ${id}; there are: ${known}`, {
      reason: "process_unknown",
      effect: "none",
    });
  }

  /** Waits for the end of a process, but at most so long. */
  async wait({ launched }: RunningProcess, limitMs: number, signal: AbortSignal): Promise<void> {
    await untilAborted(settlesWithinMs(launched.closed, limitMs), signal, "Waiting for the process");
  }

  /** Forgets a process whose end was told. What it left running ends with the rest. */
  forget({ id, launched }: RunningProcess): void {
    this.#processes.delete(id);
    this.#ended.add(launched);
    const asked = this.#ended.size < manyEnded ? [launched] : [...this.#ended];
    for (const one of asked) void this.#letGo(one);
  }

  /** Ends all of them, with everything that they started. */
  async close(): Promise<void> {
    this.#closing.abort();
    const running = [...this.#processes.values()].map(({ launched }) => launched);
    const all = [...running, ...this.#ended];
    this.#processes.clear();
    this.#ended.clear();
    await Promise.allSettled(all.map((launched) => launched.stop(devboxStopTimes)));
  }

  /** Lets an ended process that left nothing go from its machine too, where it would count as long as nobody stops it. */
  async #letGo(launched: LaunchedProcess): Promise<void> {
    try {
      const isAlone = async (): Promise<boolean> => (await launched.readTree()).length === 0;
      // Twice: what forks and ends during one look hides its child from it.
      if (!(await isAlone()) || !(await isAlone())) return;
      await launched.stop(devboxStopTimes);
      this.#ended.delete(launched);
    } catch {
      // Whoever cannot be asked now is stopped with the rest.
    }
  }

  #makeRoom(): void {
    if (this.#processes.size < maxProcesses) return;
    const ended = [...this.#processes.values()].find(({ exit }) => exit !== undefined);
    if (ended !== undefined) return this.forget(ended);
    throw new FairleadError("resource_exhausted", `${maxProcesses} processes run already: end one first`, {
      reason: "limit_reached",
      effect: "none",
    });
  }
}
