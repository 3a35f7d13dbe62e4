/**
 * The closed set of finer reasons behind a code. A program may branch on them; a person reads the message.
 * They cross gRPC, so a reason is only ever added, never renamed.
 */
export const errorReasons = [
  "session_lost",
  "session_displaced",
  "session_unknown",
  "executor_unreachable",
  "executor_draining",
  "version_mismatch",
  "feature_missing",
  "bad_token",
  "insecure_transport",
  "address_in_use",
  "program_not_found",
  "program_not_executable",
  "cwd_missing",
  "spawn_failed",
  "stdin_closed",
  "process_exited",
  "process_unknown",
  "id_reused",
  "limit_reached",
  "argument_invalid",
  "path_invalid",
  "frame_invalid",
  "home_invalid",
  "config_invalid",
  "policy_denied",
  "server_unknown",
  "executor_unknown",
  "tool_unknown",
  "name_taken",
  "server_exited",
  "handshake_failed",
  "message_too_large",
  "peer_error",
  "transport_closed",
  "tree_survived",
  "url_invalid",
  "dns_failed",
  "connect_failed",
  "tls_failed",
  "proxy_failed",
  "connection_reset",
  "response_invalid",
  "redirect_failed",
  "response_too_large",
  "http_status",
  "http_session_expired",
] as const;

/** One of {@link errorReasons}. */
export type ErrorReason = (typeof errorReasons)[number];

/** Tells whether a text that a peer sent is a reason we know; an unknown one is dropped, its code still counts. */
export function isErrorReason(value: string): value is ErrorReason {
  return (errorReasons as readonly string[]).includes(value);
}
