import type { ExitReason, ProcessExit } from "@fairlead/core";
import type { Exited, Exited__Output } from "../gen/fairlead/executor/v1/Exited.js";
import type { ExitReason__Output } from "../gen/fairlead/executor/v1/ExitReason.js";

const reasonOfMessage: Readonly<Record<string, ExitReason>> = {
  EXIT_REASON_EXITED: "exited",
  EXIT_REASON_STOPPED: "stopped",
  EXIT_REASON_LEASE_EXPIRED: "lease_expired",
  EXIT_REASON_EXECUTOR_SHUTDOWN: "executor_shutdown",
  EXIT_REASON_OUTPUT_LIMIT: "output_limit",
} satisfies Partial<Record<ExitReason__Output, ExitReason>>;

const messageOfReason = {
  exited: "EXIT_REASON_EXITED",
  stopped: "EXIT_REASON_STOPPED",
  lease_expired: "EXIT_REASON_LEASE_EXPIRED",
  executor_shutdown: "EXIT_REASON_EXECUTOR_SHUTDOWN",
  output_limit: "EXIT_REASON_OUTPUT_LIMIT",
  // Only a client can lose its session; an executor never sends this.
  session_lost: "EXIT_REASON_UNSPECIFIED",
} as const satisfies Record<ExitReason, ExitReason__Output>;

/** A process exit for the wire. */
export function toExitedMessage(exit: ProcessExit): Exited {
  return {
    reason: messageOfReason[exit.reason],
    ...(exit.code === null ? {} : { code: exit.code }),
    ...(exit.signal === null ? {} : { signal: exit.signal }),
  };
}

/** A process exit from the wire; a reason of a newer executor counts as a plain exit. */
export function fromExitedMessage(message: Exited__Output): ProcessExit {
  return {
    reason: reasonOfMessage[message.reason] ?? "exited",
    // Windows ends programs with 32 bits without a sign, and the field has one.
    code: message.code === undefined ? null : message.code >>> 0,
    signal: message.signal ?? null,
  };
}
