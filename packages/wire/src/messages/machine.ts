import type { ExecutorLimits, PathConvention } from "@fairlead/core";
import type { Limits__Output } from "../gen/fairlead/executor/v1/Limits.js";
import type { Machine, Machine__Output } from "../gen/fairlead/executor/v1/Machine.js";

/** What an executor tells about its machine; paths as that machine spells them. */
export interface ExecutorMachine {
  /** linux, darwin, windows, freebsd, openbsd or other. */
  readonly os: string;
  readonly arch: string;
  readonly pathConvention: PathConvention;
  readonly caseSensitivePaths: boolean;
  readonly shell: string;
  readonly home: string;
  readonly temp: string;
  readonly cwd: string;
  readonly hostname: string;
  readonly executorVersion: string;
  /** Its wall clock when it answered, milliseconds since 1970. */
  readonly clockMs: number;
}

/** A machine for the wire. */
export function toMachineMessage(machine: ExecutorMachine): Machine {
  const windows = machine.pathConvention === "windows";
  return { ...machine, pathConvention: windows ? "PATH_CONVENTION_WINDOWS" : "PATH_CONVENTION_POSIX" };
}

/** A machine from the wire. */
export function fromMachineMessage(message: Machine__Output): ExecutorMachine {
  return {
    os: message.os,
    arch: message.arch,
    pathConvention: message.pathConvention === "PATH_CONVENTION_WINDOWS" ? "windows" : "posix",
    caseSensitivePaths: message.caseSensitivePaths,
    shell: message.shell,
    home: message.home,
    temp: message.temp,
    cwd: message.cwd,
    hostname: message.hostname,
    executorVersion: message.executorVersion,
    clockMs: message.clockMs,
  };
}

/** An executor's limits from the wire; their names are the same on both sides. */
export function fromLimitsMessage(message: Limits__Output): ExecutorLimits {
  return {
    frameTargetBytes: message.frameTargetBytes,
    frameMaxBytes: message.frameMaxBytes,
    windowBytes: message.windowBytes,
    processesPerSession: message.processesPerSession,
    processesPerExecutor: message.processesPerExecutor,
    sessionsPerExecutor: message.sessionsPerExecutor,
    rememberedAnswers: message.rememberedAnswers,
    sessionBufferBytes: message.sessionBufferBytes,
    environmentBytes: message.environmentBytes,
    argumentBytes: message.argumentBytes,
    heartbeatMs: message.heartbeatMs,
    heartbeatsMissed: message.heartbeatsMissed,
    drainMs: message.drainMs,
    detachTtlMaxMs: message.detachTtlMaxMs,
    httpRequestsPerSession: message.httpRequestsPerSession,
    httpRequestBodyBytes: message.httpRequestBodyBytes,
    fileBlockBytes: message.fileBlockBytes,
    fileStreamsPerSession: message.fileStreamsPerSession,
  };
}
