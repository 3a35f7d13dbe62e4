import type { FairleadError } from "@fairlead/core";

/** The signal that ended a command's waiting. @param interrupt aborted by SIGINT and SIGTERM */
export function signalOf(interrupt: AbortSignal): "SIGINT" | "SIGTERM" {
  const { details } = interrupt.reason as Partial<FairleadError>;
  return details?.["signal"] === "SIGINT" ? "SIGINT" : "SIGTERM";
}
