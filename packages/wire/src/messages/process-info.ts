import type { ProcessExit, TreeProcess } from "@fairlead/core";
import type { ProcessInfo, ProcessInfo__Output } from "../gen/fairlead/executor/v1/ProcessInfo.js";
import { fromExitedMessage, toExitedMessage } from "./process-exit.js";

/** One process that an executor started, with whatever its tree has become. */
export interface ListedProcess {
  readonly processId: string;
  readonly sessionId: string;
  /** The program that opened its session, by its own word. */
  readonly clientName: string;
  readonly pid: number;
  /** The program file that runs. */
  readonly program: string;
  readonly args: readonly string[];
  /** By the executor's clock, milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  /** How it ended; undefined while it runs. Its tree may live on. */
  readonly exit: ProcessExit | undefined;
  /** The living processes of its tree, the root first; empty unless asked for. */
  readonly tree: readonly TreeProcess[];
}

/** A listed process for the wire. */
export function toProcessInfoMessage(listed: ListedProcess): ProcessInfo {
  const { exit, ...rest } = listed;
  return {
    ...rest,
    args: [...rest.args],
    labels: { ...rest.labels },
    tree: [...rest.tree],
    ...(exit === undefined ? {} : { exited: toExitedMessage(exit) }),
  };
}

/** A listed process from the wire. */
export function fromProcessInfoMessage(message: ProcessInfo__Output): ListedProcess {
  return {
    processId: message.processId,
    sessionId: message.sessionId,
    clientName: message.clientName,
    pid: message.pid,
    program: message.program,
    args: message.args,
    startedAtMs: message.startedAtMs,
    labels: message.labels,
    exit: message.exited == null ? undefined : fromExitedMessage(message.exited),
    tree: message.tree.map(({ pid, parentPid, name, memoryBytes, ageMs, cpuMs }) => ({
      pid,
      parentPid,
      name,
      memoryBytes,
      ageMs,
      ...(cpuMs === undefined ? {} : { cpuMs }),
    })),
  };
}
