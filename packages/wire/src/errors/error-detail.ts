import { type ErrorCode, errorTable, FairleadError, isErrorCode, isErrorReason } from "@fairlead/core";
import { Metadata, status } from "@grpc/grpc-js";
import { packageDefinition } from "../contract.js";
import type { ErrorDetail, ErrorDetail__Output } from "../gen/fairlead/executor/v1/ErrorDetail.js";
import type { Status, Status__Output } from "../gen/google/rpc/Status.js";

/** Trailers above about 48 KiB make a call hang, so a detail stays far below. */
const maxDetailBytes = 8 * 1024;
const maxTextChars = 2_000;
const trailerKey = "grpc-status-details-bin";
const typeUrl = "type.googleapis.com/fairlead.executor.v1.ErrorDetail";

interface Codec<Input, Output> {
  serialize(value: Input): Buffer;
  deserialize(bytes: Buffer): Output;
}

const detailCodec = messageCodec<ErrorDetail, ErrorDetail__Output>("fairlead.executor.v1.ErrorDetail");
const statusCodec = messageCodec<Status, Status__Output>("google.rpc.Status");

/** What grpc-js takes as the end of a failed call. */
export interface FailedStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/** Packs one of our errors for the wire. The cause stays behind, and an internal error's message too: it may hold anything. */
export function toFailedStatus(error: FairleadError): FailedStatus {
  const code = grpcCodeOf(error.code);
  const message = clip(error.code === "internal" ? "The executor met an internal error" : error.message);
  const metadata = new Metadata();
  metadata.set(trailerKey, encode(error, code, message));
  return { code, details: message, metadata };
}

/** Reads our detail from a failed call's trailers; undefined if the status was made by the transport. */
export function readErrorDetail(metadata: Metadata | undefined, cause: unknown): FairleadError | undefined {
  const [packed] = metadata?.get(trailerKey) ?? [];
  if (!Buffer.isBuffer(packed)) return undefined;
  const inner = decodeQuietly(packed);
  if (inner === undefined || !isErrorCode(inner.code)) return undefined;
  return fromErrorDetail(inner, cause);
}

/** One of our errors as part of a message; its cause stays behind. */
export function toErrorDetail(error: FairleadError): ErrorDetail {
  const details: Record<string, string> = {};
  for (const [key, value] of Object.entries(error.details)) details[key] = clip(String(value));
  return {
    code: error.code,
    reason: error.reason ?? "",
    effect: error.effect === "none" ? "EFFECT_NONE" : "EFFECT_UNKNOWN",
    message: clip(error.message),
    details,
  };
}

/** An error that was part of a message; of a code that we do not know: `internal`. */
export function fromErrorDetail(detail: ErrorDetail__Output, cause?: unknown): FairleadError {
  const { code, reason, effect, message, details } = detail;
  return new FairleadError(isErrorCode(code) ? code : "internal", message, {
    cause,
    effect: effect === "EFFECT_NONE" ? "none" : "unknown",
    details,
    ...(isErrorReason(reason) ? { reason } : {}),
  });
}

function encode(error: FairleadError, code: status, message: string): Buffer {
  const detail: ErrorDetail = { ...toErrorDetail(error), message };
  let value = detailCodec.serialize(detail);
  if (value.length > maxDetailBytes) value = detailCodec.serialize({ ...detail, details: {} });
  return statusCodec.serialize({ code, message, details: [{ typeUrl, value }] });
}

function decodeQuietly(packed: Buffer): ErrorDetail__Output | undefined {
  try {
    const found = statusCodec.deserialize(packed).details.find((detail) => detail.typeUrl === typeUrl);
    return found === undefined ? undefined : detailCodec.deserialize(found.value);
  } catch {
    // A peer's broken trailer must not hide the status that it came with.
    return undefined;
  }
}

function grpcCodeOf(code: ErrorCode): status {
  const name = errorTable[code].grpc ?? "UNKNOWN";
  return status[name as keyof typeof status];
}

function clip(text: string): string {
  const clipped = text.length > maxTextChars ? `${text.slice(0, maxTextChars)}…` : text;
  // Half of a surrogate pair in a status makes grpc-js throw where nobody can catch it, which ends the daemon.
  return Buffer.from(clipped).toString();
}

function messageCodec<Input, Output>(name: string): Codec<Input, Output> {
  const definition = packageDefinition[name] as unknown as Codec<Input, Output> | undefined;
  if (definition === undefined) throw new Error(`The contract has no message ${name}`);
  return definition;
}
