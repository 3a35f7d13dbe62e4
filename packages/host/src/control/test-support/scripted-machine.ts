import {
  createDeferred,
  FairleadError,
  type LaunchedProcess,
  type Launcher,
  type LaunchSpec,
  type OutputHandler,
  type ProcessExit,
} from "@fairlead/core";
import type { ControlMachine } from "../control-options.js";

/** A program that was started, and what was done with it. */
export interface ScriptedProgram {
  readonly spec: LaunchSpec;
  readonly output: OutputHandler;
  readonly end: (exit: Partial<ProcessExit>) => void;
  consumedBytes: number;
  readonly signals: string[];
  /** From here on it reads no input. */
  isDeaf: boolean;
  /** Done while it is being stopped; what it throws is the failure of that. */
  whileStopping: () => void;
  isStopped: boolean;
}

/** A machine whose programs do what a test says: input comes back as output, and `fail` is refused. */
export interface ScriptedMachine {
  readonly started: readonly ScriptedProgram[];
  readonly machine: ControlMachine;
}

/** Makes one. */
export function scriptedMachine(): ScriptedMachine {
  const started: ScriptedProgram[] = [];
  const launcher: Launcher = {
    async launch(spec, { onOutput }) {
      const exited = createDeferred<ProcessExit>();
      const program: ScriptedProgram = {
        spec,
        output: onOutput,
        end: (exit) => exited.resolve({ reason: "exited", code: 0, signal: null, ...exit }),
        consumedBytes: 0,
        signals: [],
        isDeaf: false,
        whileStopping: () => {},
        isStopped: false,
      };
      started.push(program);
      const launched: LaunchedProcess = {
        pid: started.length,
        program: spec.program,
        startedAtMs: 1,
        async write(bytes) {
          const text = Buffer.from(bytes).toString();
          if (program.isDeaf) return new Promise(() => {});
          if (text !== "fail") return onOutput("stdout", Buffer.from(`echo ${text}`));
          throw new FairleadError("unavailable", "Its input is closed", { reason: "stdin_closed" });
        },
        closeStdin: async () => {},
        consumed: (_, byteCount) => void (program.consumedBytes += byteCount),
        exited: exited.promise,
        closed: exited.promise,
        signal: async (name) => void program.signals.push(name),
        resize: async () => {},
        readTree: async () => [],
        async stop() {
          program.whileStopping();
          program.isStopped = true;
          program.end({ reason: "stopped", code: null, signal: "SIGTERM" });
          return { ended: [], forced: [], survived: [], blindSpots: [] };
        },
        [Symbol.asyncDispose]: async () => {},
      };
      return launched;
    },
  };
  const machine = { launcher, convention: "posix", cwd: "file:///home/user" } as const;
  return { started, machine };
}
