import type { ServerResponse } from "node:http";
import { buildErrorResponse, type MessageId, type RpcErrorObject } from "@fairlead/mcp";

/** A request that is not served. */
export interface Refusal {
  readonly status: number;
  readonly error: RpcErrorObject;
  /** Of the message, where it could be read. @default null */
  readonly id?: MessageId | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The codes that the face refuses with itself; the first two are what SDKs use for the same. */
export const faceErrorCodes = {
  refused: -32_000,
  sessionUnknown: -32_001,
  parseError: -32_700,
  invalidRequest: -32_600,
} as const;

/** Makes a refusal out of its parts. */
export function refusal(status: number, code: number, message: string): Refusal {
  return { status, error: { code, message } };
}

/** Answers a refused request with its status and a JSON-RPC error. Does nothing once an answer has begun. */
export function refuse(response: ServerResponse, { status, error, id, headers }: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  const body = buildErrorResponse({ idRaw: id?.raw ?? "null", ...error });
  response.writeHead(status, {
    ...headers,
    "content-type": "application/json",
    "content-length": body.length,
  });
  response.end(body);
}
