import { settlesWithinMs, toFairleadError } from "@fairlead/core";
import type { CommandContext } from "../commands/context.js";
import { isLocalExecutor } from "../runtime/is-local-executor.js";
import { readLocalTrees, readTrees, type TreeRow, withoutTwins } from "../runtime/list-trees.js";

/** How one machine answered the last time that it was asked. */
export interface MachineState {
  readonly executor: string;
  /** `waiting`: it has not answered yet, or not this time; what it told before still stands. */
  readonly status: "ok" | "waiting" | "unreachable";
  /** Why it cannot be reached. */
  readonly problem?: string;
}

/** What runs on several machines. */
export interface MachinesView {
  readonly machines: readonly MachineState[];
  /** Trees with living processes. */
  readonly trees: readonly TreeRow[];
}

/** Asks machines again and again; one that does not answer keeps nobody waiting for the others. */
export interface MachineWatch {
  /** @param patienceMs who answers later is in the next look */
  look(patienceMs: number): Promise<MachinesView>;
}

/** A machine that could not be reached is tried again after so long. */
const retryMs = 5_000;

interface Watched {
  readonly name: string;
  trees: readonly TreeRow[];
  status: MachineState["status"];
  problem: string | undefined;
  asking: Promise<void> | undefined;
  notBeforeMs: number;
}

/** What machines are reached with. Sessions that are opened are the pool's. */
export interface MachineAccess extends Pick<CommandContext, "home" | "pool"> {
  /** Gives up on machines that are still being reached. */
  readonly signal: AbortSignal;
}

/** Makes a watch over executors by name. */
export function createMachineWatch(names: readonly string[], access: MachineAccess): MachineWatch {
  const watched = names.map(
    (name): Watched => ({
      name,
      trees: [],
      status: "waiting",
      problem: undefined,
      asking: undefined,
      notBeforeMs: 0,
    }),
  );
  const ask = async (machine: Watched): Promise<void> => {
    try {
      machine.trees = await read(machine.name, access);
      machine.status = "ok";
      machine.problem = undefined;
    } catch (thrown) {
      machine.trees = [];
      machine.status = "unreachable";
      machine.problem = toFairleadError(thrown).message;
      machine.notBeforeMs = performance.now() + retryMs;
    } finally {
      machine.asking = undefined;
    }
  };
  return {
    async look(patienceMs) {
      for (const machine of watched) {
        if (performance.now() >= machine.notBeforeMs) machine.asking ??= ask(machine);
      }
      await settlesWithinMs(
        Promise.all(watched.map(({ asking }) => asking ?? Promise.resolve())),
        patienceMs,
      );
      const trees = withoutTwins(watched.flatMap((machine) => machine.trees));
      return { machines: watched.map(toState), trees: trees.filter(({ tree }) => tree.length > 0) };
    },
  };
}

function read(name: string, { home, pool, signal }: MachineAccess): Promise<readonly TreeRow[]> {
  if (isLocalExecutor(name)) return readLocalTrees(home);
  return pool.open(name, signal).then(readTrees);
}

function toState({ name, status, problem, asking }: Watched): MachineState {
  return {
    executor: name,
    status: asking === undefined || status === "unreachable" ? status : "waiting",
    ...(problem === undefined ? {} : { problem }),
  };
}
