import {
  type ErrorCode,
  type ErrorDetails,
  type ErrorReason,
  FairleadError,
  type ProcessExit,
} from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { type StartFailure, serverGoneError, toStartFailure } from "./server-errors.js";

test.each<[ErrorCode, ErrorReason | undefined, StartFailure, ErrorDetails?]>([
  ["not_found", "program_not_found", "command_not_found"],
  ["not_found", "program_not_executable", "spawn_failed"],
  ["not_found", "cwd_missing", "cwd_missing"],
  ["unavailable", "spawn_failed", "spawn_failed"],
  ["resource_exhausted", "limit_reached", "spawn_failed"],
  ["forbidden", "policy_denied", "policy_denied"],
  ["unavailable", "server_exited", "exited"],
  ["unavailable", "limit_reached", "exited", { exitReason: "output_limit" }],
  ["unavailable", "session_lost", "executor_unavailable"],
  ["unavailable", "executor_draining", "executor_unavailable"],
  ["unavailable", undefined, "executor_unavailable"],
  ["protocol", "frame_invalid", "protocol_error"],
  ["resource_exhausted", "message_too_large", "protocol_error"],
  ["unavailable", "connect_failed", "unreachable"],
  ["unavailable", "dns_failed", "unreachable"],
  ["unavailable", "tls_failed", "unreachable"],
  ["unavailable", "connection_reset", "unreachable"],
  ["unavailable", "executor_unreachable", "executor_unavailable"],
  ["protocol", "feature_missing", "executor_unavailable"],
  ["forbidden", "http_status", "http_status"],
  ["unauthenticated", "http_status", "login_required", { failure: "login_required" }],
  ["protocol", "response_invalid", "protocol_error"],
  ["usage", "url_invalid", "config_invalid"],
  ["unavailable", "handshake_failed", "handshake_timeout", { failure: "handshake_timeout" }],
  ["unavailable", "handshake_failed", "protocol_error", { failure: "nonsense" }],
])("a start that failed with %s, %s is told as %s", (code, reason, expected, details = {}) => {
  const error = new FairleadError(code, "x", { details, ...(reason === undefined ? {} : { reason }) });
  expect(toStartFailure(error)).toBe(expected);
});

describe("a server that is gone", () => {
  test.each<[ProcessExit, ErrorReason, RegExp]>([
    [{ reason: "exited", code: 3, signal: null }, "server_exited", /exited with code 3 before/],
    [{ reason: "exited", code: null, signal: "SIGSEGV" }, "server_exited", /was ended by SIGSEGV before/],
    [{ reason: "exited", code: null, signal: null }, "server_exited", /ended before/],
    [
      { reason: "session_lost", code: null, signal: null },
      "session_lost",
      /was lost together with the session/,
    ],
    [
      { reason: "lease_expired", code: null, signal: "SIGTERM" },
      "session_lost",
      /had not heard from this host/,
    ],
    [
      { reason: "executor_shutdown", code: 0, signal: null },
      "executor_draining",
      /executor is shutting down/,
    ],
    [
      { reason: "output_limit", code: null, signal: "SIGKILL" },
      "limit_reached",
      /wrote more than its launch/,
    ],
  ])("by %j is told with reason %s", (exit, reason, sentence) => {
    const error = serverGoneError("files", { exit, cause: undefined, stderrTail: "oh\n" }, "tools/call");
    expect(error).toMatchObject({ code: "unavailable", reason, effect: "unknown" });
    expect(error.message).toMatch(sentence);
    expect(error.message).toMatch(/'files'.*tools\/call; see its error output$/);
    expect(error.details).toEqual({
      server: "files",
      exitReason: exit.reason,
      ...(exit.code === null ? {} : { exitCode: exit.code }),
      ...(exit.signal === null ? {} : { exitSignal: exit.signal }),
      stderrTail: "oh\n",
    });
  });

  test("while nothing was under way is not said to owe an answer", () => {
    const exit = { reason: "executor_shutdown", code: null, signal: "SIGTERM" } as const;
    const error = serverGoneError("files", { exit, cause: undefined, stderrTail: "oh\n" });
    expect(error.message).toBe(
      "Server 'files' was stopped because its executor is shutting down; see its error output",
    );
  });

  test("without a word on stderr is not said to have any", () => {
    const error = serverGoneError("files", { exit: undefined, cause: undefined, stderrTail: "" }, "ping");
    expect(error.message).toMatch(
      /stopped reading its input before it answered ping; it wrote nothing to stderr$/,
    );
  });
});
