import { defaultExecutorLimits, type ExecutorLimits, FairleadError } from "@fairlead/core";
import {
  type DescribeResponse__Output,
  type ExecutorMachine,
  fromLimitsMessage,
  fromMachineMessage,
} from "@fairlead/wire";
import type { SessionHandle } from "./session-handle.js";

/** What an executor says about itself at one moment. */
export interface ExecutorDescription {
  readonly machine: ExecutorMachine;
  readonly limits: ExecutorLimits;
  /** Optional parts of the contract that it has. */
  readonly features: readonly string[];
  readonly uptimeMs: number;
  readonly sessions: number;
  readonly processes: number;
}

/** Asks an executor about itself. @throws FairleadError `unavailable` or `protocol` */
export async function describeExecutor(session: SessionHandle): Promise<ExecutorDescription> {
  const answer = await session.call<DescribeResponse__Output>({
    start: (connection, done) => connection.control.machine.describe({}, connection.metadata(), done),
  });
  if (answer.machine == null) {
    throw new FairleadError("protocol", `${session.what} did not describe its machine`);
  }
  return {
    machine: fromMachineMessage(answer.machine),
    limits: answer.limits == null ? defaultExecutorLimits : fromLimitsMessage(answer.limits),
    features: answer.features,
    uptimeMs: answer.uptimeMs,
    sessions: answer.sessions,
    processes: answer.processes,
  };
}
