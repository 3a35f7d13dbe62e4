import type { LaunchSpec } from "@fairlead/core";
import type { StartRequest, StartRequest__Output } from "../gen/fairlead/executor/v1/StartRequest.js";
import { fromStopTimesMessage, toStopTimesMessage } from "./stop-report.js";

/** A launch for the wire. */
export function toStartRequest(spec: LaunchSpec, ids: { opId: string; processId: string }): StartRequest {
  return {
    ...ids,
    program: spec.program,
    args: [...spec.args],
    ...(spec.cwd === undefined ? {} : { cwdUri: spec.cwd }),
    environment: { set: { ...spec.env?.set }, inherit: [...(spec.env?.inherit ?? [])] },
    ...(spec.stdio?.mode === "pty"
      ? { terminal: { columns: spec.stdio.columns, rows: spec.stdio.rows } }
      : { pipes: {} }),
    stopTimes: toStopTimesMessage(spec.stopTimes),
    ...(spec.outputWindowBytes === undefined ? {} : { outputWindowBytes: spec.outputWindowBytes }),
    ...(spec.outputLimitBytes === undefined ? {} : { outputLimitBytes: spec.outputLimitBytes }),
    labels: { ...spec.labels },
    ...(spec.shellProfile === true ? { shellProfile: true } : {}),
  };
}

/** A launch from the wire. */
export function fromStartRequest(request: StartRequest__Output): LaunchSpec {
  return {
    program: request.program,
    args: request.args,
    cwd: request.cwdUri,
    env: { set: request.environment?.set ?? {}, inherit: request.environment?.inherit ?? [] },
    stdio:
      request.terminal == null
        ? { mode: "pipe" }
        : { mode: "pty", columns: request.terminal.columns, rows: request.terminal.rows },
    stopTimes: fromStopTimesMessage(request.stopTimes),
    outputWindowBytes: request.outputWindowBytes,
    outputLimitBytes: request.outputLimitBytes,
    labels: request.labels,
    shellProfile: request.shellProfile || undefined,
  };
}
