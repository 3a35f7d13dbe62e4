import { canceledError, type ErrorCode, FairleadError, toFairleadError } from "@fairlead/core";
import { type Metadata, status } from "@grpc/grpc-js";
import { readErrorDetail } from "./error-detail.js";

/** A failed call as grpc-js reports it. */
interface GrpcFailure {
  readonly code: status;
  readonly details: string;
  readonly metadata?: Metadata;
}

/**
 * Turns what a client call failed with into one of our errors. A status with our detail says exactly what the executor
 * said; one without was made by the transport, whose INTERNAL and UNKNOWN usually mean that the connection died.
 * @param what names the peer, for the message
 * @param signal the caller's own signal: only if it fired is a cancelled call the caller's doing
 */
export function fromServiceError(thrown: unknown, what: string, signal?: AbortSignal): FairleadError {
  if (!isGrpcFailure(thrown)) return toFairleadError(thrown);
  const told = readErrorDetail(thrown.metadata, thrown);
  if (told !== undefined) return told;
  if (thrown.code === status.CANCELLED && signal?.aborted === true) return canceledError(signal, what);
  const code = transportCode(thrown.code);
  return new FairleadError(code, `${what}: ${explain(thrown)}`, {
    cause: thrown,
    ...(code === "unavailable" ? { reason: "executor_unreachable" as const } : {}),
  });
}

function transportCode(code: status): ErrorCode {
  switch (code) {
    case status.DEADLINE_EXCEEDED:
      return "deadline_exceeded";
    case status.RESOURCE_EXHAUSTED:
      return "resource_exhausted";
    case status.UNIMPLEMENTED:
      return "protocol";
    case status.UNAUTHENTICATED:
      return "unauthenticated";
    case status.PERMISSION_DENIED:
      return "forbidden";
    default:
      return "unavailable";
  }
}

function explain(failure: GrpcFailure): string {
  return failure.details === "" ? "the connection broke" : failure.details;
}

function isGrpcFailure(value: unknown): value is GrpcFailure {
  return value instanceof Error && "code" in value && typeof value.code === "number" && "details" in value;
}
