import type { LaunchFindings, LaunchNeed, LaunchQuestion, SearchPathFacts } from "@fairlead/core";
import { fromErrorDetail, toErrorDetail } from "../errors/error-detail.js";
import type { ErrorDetail, ErrorDetail__Output } from "../gen/fairlead/executor/v1/ErrorDetail.js";
import type { ProbeRequest, ProbeRequest__Output } from "../gen/fairlead/executor/v1/ProbeRequest.js";
import type { ProbeResponse, ProbeResponse__Output } from "../gen/fairlead/executor/v1/ProbeResponse.js";
import type { SearchPath, SearchPath__Output } from "../gen/fairlead/executor/v1/SearchPath.js";

/** A question about a launch for the wire. */
export function toProbeRequest(question: LaunchQuestion): ProbeRequest {
  const { program, cwd, env, variables, shellProfile } = question;
  return {
    ...(program === undefined ? {} : { program }),
    ...(cwd === undefined ? {} : { cwdUri: cwd }),
    environment: { set: { ...env?.set }, inherit: [...(env?.inherit ?? [])] },
    variables: [...variables],
    ...(shellProfile === true ? { shellProfile } : {}),
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
    ...(request.shellProfile ? { shellProfile: true } : {}),
  };
}

/** What a launch would find, for the wire. */
export function toProbeResponse(findings: LaunchFindings): ProbeResponse {
  const { program, cwd, unsetVariables, searchPath, warnings = [] } = findings;
  const [folder, folderFailure] = split(cwd);
  const [file, fileFailure] = program === undefined ? [] : split(program);
  return {
    ...(file === undefined ? {} : { program: file }),
    ...(fileFailure === undefined ? {} : { programFailure: fileFailure }),
    ...(folder === undefined ? {} : { cwd: folder }),
    ...(folderFailure === undefined ? {} : { cwdFailure: folderFailure }),
    unsetVariables: [...unsetVariables],
    ...(searchPath === undefined ? {} : { searchPath: toSearchPathMessage(searchPath) }),
    warnings: [...warnings],
  };
}

/** What a launch would find, from the wire. */
export function fromProbeResponse(response: ProbeResponse__Output): LaunchFindings {
  const { program, programFailure, cwd, cwdFailure, unsetVariables } = response;
  return {
    program: program === undefined && programFailure == null ? undefined : join(program, programFailure),
    cwd: join(cwd, cwdFailure),
    unsetVariables,
    searchPath: fromSearchPathMessage(response.searchPath),
    warnings: response.warnings ?? [],
  };
}

const sourceNames = {
  own: "SEARCH_PATH_SOURCE_OWN",
  login_shell: "SEARCH_PATH_SOURCE_LOGIN_SHELL",
  registry: "SEARCH_PATH_SOURCE_REGISTRY",
} as const satisfies Record<SearchPathFacts["source"], string>;

function toSearchPathMessage({ source, warning }: SearchPathFacts): SearchPath {
  return { source: sourceNames[source], ...(warning === undefined ? {} : { warning }) };
}

/** A source that a newer executor knows, and we do not, is not told. */
function fromSearchPathMessage(message: SearchPath__Output | null | undefined): SearchPathFacts | undefined {
  if (message == null) return undefined;
  const source = (["own", "login_shell", "registry"] as const).find(
    (name) => sourceNames[name] === message.source,
  );
  return source === undefined ? undefined : { source, warning: message.warning };
}

function split(need: LaunchNeed): readonly [path: string | undefined, failure: ErrorDetail | undefined] {
  return "path" in need ? [need.path, undefined] : [undefined, toErrorDetail(need.error)];
}

function join(path: string | undefined, failure: ErrorDetail__Output | null | undefined): LaunchNeed {
  return failure == null ? { path: path ?? "" } : { error: fromErrorDetail(failure) };
}
