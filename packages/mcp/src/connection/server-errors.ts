import {
  type ErrorDetails,
  type ErrorReason,
  type ExitReason,
  FairleadError,
  isFairleadError,
  type ProcessExit,
} from "@fairlead/core";

/** Why a server could not be started or be reached; the closed set that status events and errors tell. */
export const startFailures = [
  "command_not_found",
  "spawn_failed",
  "cwd_missing",
  "exited",
  "handshake_timeout",
  "protocol_error",
  "http_status",
  "unreachable",
  "executor_unavailable",
  "config_invalid",
  "login_required",
  "reauthentication_required",
  "policy_denied",
] as const;

/** One of {@link startFailures}. */
export type StartFailure = (typeof startFailures)[number];

const failureOfReason: Partial<Record<ErrorReason, StartFailure>> = {
  program_not_found: "command_not_found",
  program_not_executable: "spawn_failed",
  spawn_failed: "spawn_failed",
  cwd_missing: "cwd_missing",
  policy_denied: "policy_denied",
  argument_invalid: "config_invalid",
  path_invalid: "config_invalid",
  config_invalid: "config_invalid",
  session_lost: "executor_unavailable",
  session_displaced: "executor_unavailable",
  session_unknown: "executor_unavailable",
  executor_unreachable: "executor_unavailable",
  executor_draining: "executor_unavailable",
  transport_closed: "executor_unavailable",
  version_mismatch: "executor_unavailable",
  feature_missing: "executor_unavailable",
  bad_token: "executor_unavailable",
  server_exited: "exited",
  stdin_closed: "exited",
  handshake_failed: "protocol_error",
  frame_invalid: "protocol_error",
  message_too_large: "protocol_error",
  peer_error: "protocol_error",
  url_invalid: "config_invalid",
  dns_failed: "unreachable",
  connect_failed: "unreachable",
  tls_failed: "unreachable",
  proxy_failed: "unreachable",
  connection_reset: "unreachable",
  response_invalid: "protocol_error",
  redirect_failed: "protocol_error",
  response_too_large: "protocol_error",
  http_status: "http_status",
  http_session_expired: "protocol_error",
};

/** Names the start failure behind an error of the launcher or of a connection; one that it tells itself wins. */
export function toStartFailure(error: FairleadError): StartFailure {
  const told = startFailures.find((failure) => failure === error.details["failure"]);
  if (told !== undefined) return told;
  // Its reason is a limit, as that of a launch which never began.
  if (error.details["exitReason"] === "output_limit") return "exited";
  const named = error.reason === undefined ? undefined : failureOfReason[error.reason];
  if (named !== undefined) return named;
  return error.code === "unavailable" ? "executor_unavailable" : "spawn_failed";
}

const reasonOfExit: Record<ExitReason, ErrorReason> = {
  exited: "server_exited",
  stopped: "server_exited",
  session_lost: "session_lost",
  lease_expired: "session_lost",
  executor_shutdown: "executor_draining",
  output_limit: "limit_reached",
};

/** How a server was lost, for {@link serverGoneError}. */
export interface ServerLoss {
  readonly exit: ProcessExit | undefined;
  /** What broke where no process ended, for example a failed write. */
  readonly cause: unknown;
  readonly stderrTail: string;
}

/**
 * Makes the error for a server that is gone; it may have begun what it was given.
 * @param during what could not be finished, for example `tools/call`; undefined: nothing was under way
 */
export function serverGoneError(name: string, loss: ServerLoss, during?: string): FairleadError {
  const { exit, cause, stderrTail } = loss;
  const reason = exit === undefined ? reasonOfCause(cause) : reasonOfExit[exit.reason];
  const hint = stderrTail === "" ? "it wrote nothing to stderr" : "see its error output";
  const lost =
    during === undefined
      ? describeLoss(exit).replace(/,$/, "")
      : `${describeLoss(exit)} before it answered ${during}`;
  const message = `Server '${name}' ${lost}; ${hint}`;
  return new FairleadError("unavailable", message, {
    reason,
    cause,
    // Whether the last write reached it says nothing about what it was given before.
    effect: "unknown",
    details: { server: name, ...exitDetails(exit), stderrTail },
  });
}

function reasonOfCause(cause: unknown): ErrorReason {
  return (isFairleadError(cause) ? cause.reason : undefined) ?? "transport_closed";
}

function exitDetails(exit: ProcessExit | undefined): ErrorDetails {
  if (exit === undefined) return {};
  return {
    exitReason: exit.reason,
    ...(exit.code === null ? {} : { exitCode: exit.code }),
    ...(exit.signal === null ? {} : { exitSignal: exit.signal }),
  };
}

const lostPhrases: Partial<Record<ExitReason, string>> = {
  session_lost: "was lost together with the session of its executor",
  lease_expired: "was stopped because its executor had not heard from this host in time,",
  executor_shutdown: "was stopped because its executor is shutting down,",
  output_limit: "wrote more than its launch allowed and was stopped,",
};

function describeLoss(exit: ProcessExit | undefined): string {
  if (exit === undefined) return "stopped reading its input";
  return lostPhrases[exit.reason] ?? describeExit(exit);
}

function describeExit({ code, signal }: ProcessExit): string {
  if (signal !== null) return `was ended by ${signal}`;
  return code === null ? "ended" : `exited with code ${code}`;
}

/** Makes the error for an answer above the limit. */
export function tooLargeError(
  name: string,
  method: string,
  size: { readonly sizeBytes: number; readonly limitBytes: number },
): FairleadError {
  const message = `The answer of server '${name}' to ${method} has ${size.sizeBytes} bytes, more than max_message_bytes (${size.limitBytes}): ask for less, or raise the limit`;
  return new FairleadError("resource_exhausted", message, {
    reason: "message_too_large",
    details: { server: name, ...size },
  });
}

/** Gives the error for a call that came after the end, and so was never sent. */
export function withoutEffect(error: FairleadError): FairleadError {
  const { code, message, reason, details, cause } = error;
  return new FairleadError(code, message, {
    details,
    cause,
    effect: "none",
    ...(reason === undefined ? {} : { reason }),
  });
}
