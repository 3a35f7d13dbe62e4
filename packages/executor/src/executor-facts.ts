import type { toMachineMessage } from "@fairlead/wire";

/** What an executor tells about itself to anybody who may talk to it. */
export interface ExecutorFacts {
  /** Optional parts of the contract that it has. */
  readonly features: readonly string[];
  /** When it started, on the monotonic clock, in milliseconds. */
  readonly startedAtMs: number;
  /** Its machine as of now, for the wire. */
  machine(): ReturnType<typeof toMachineMessage>;
}
