import type { LaunchFindings, LaunchNeed, LaunchQuestion } from "@fairlead/core";
import { fromErrorDetail, toErrorDetail } from "../errors/error-detail.js";
import type { ErrorDetail, ErrorDetail__Output } from "../gen/fairlead/executor/v1/ErrorDetail.js";
import type { ProbeRequest, ProbeRequest__Output } from "../gen/fairlead/executor/v1/ProbeRequest.js";
import type { ProbeResponse, ProbeResponse__Output } from "../gen/fairlead/executor/v1/ProbeResponse.js";

/** A question about a launch for the wire. */
export function toProbeRequest({ program, cwd, env, variables }: LaunchQuestion): ProbeRequest {
  return {
    ...(program === undefined ? {} : { program }),
    ...(cwd === undefined ? {} : { cwdUri: cwd }),
    environment: { set: { ...env?.set }, inherit: [...(env?.inherit ?? [])] },
    variables: [...variables],
  };
}

/** A question about a launch from the wire. */
export function fromProbeRequest(request: ProbeRequest__Output): LaunchQuestion {
  const { program, cwdUri, environment, variables } = request;
  return {
    program,
    cwd: cwdUri,
    env: { set: environment?.set ?? {}, inherit: environment?.inherit ?? [] },
    variables,
  };
}

/** What a launch would find, for the wire. */
export function toProbeResponse({ program, cwd, unsetVariables }: LaunchFindings): ProbeResponse {
  const [folder, folderFailure] = split(cwd);
  const [file, fileFailure] = program === undefined ? [] : split(program);
  return {
    ...(file === undefined ? {} : { program: file }),
    ...(fileFailure === undefined ? {} : { programFailure: fileFailure }),
    ...(folder === undefined ? {} : { cwd: folder }),
    ...(folderFailure === undefined ? {} : { cwdFailure: folderFailure }),
    unsetVariables: [...unsetVariables],
  };
}

/** What a launch would find, from the wire. */
export function fromProbeResponse(response: ProbeResponse__Output): LaunchFindings {
  const { program, programFailure, cwd, cwdFailure, unsetVariables } = response;
  return {
    program: program === undefined && programFailure == null ? undefined : join(program, programFailure),
    cwd: join(cwd, cwdFailure),
    unsetVariables,
  };
}

function split(need: LaunchNeed): readonly [path: string | undefined, failure: ErrorDetail | undefined] {
  return "path" in need ? [need.path, undefined] : [undefined, toErrorDetail(need.error)];
}

function join(path: string | undefined, failure: ErrorDetail__Output | null | undefined): LaunchNeed {
  return failure == null ? { path: path ?? "" } : { error: fromErrorDetail(failure) };
}
