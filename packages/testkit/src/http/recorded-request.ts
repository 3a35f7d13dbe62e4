import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { RawMessage } from "../client/message-inbox.js";

/** A request as it came over the wire, and how its answer ended. */
export interface RecordedRequest {
  /** 1, 2, 3 … in order of arrival. */
  readonly number: number;
  /** Which TCP connection brought it: 1, 2, 3 … */
  readonly connection: number;
  /** When its body was complete, on the clock of `performance.now()`. */
  readonly atMs: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** The JSON-RPC message in the body; undefined where there is none, or several. */
  readonly rpc: RawMessage | undefined;
  /** Settles with whether the answer was sent whole or its reader left before. Never rejects. */
  readonly ended: Promise<"finished" | "aborted">;
}

/** Reads a request whole. */
export async function recordRequest(
  incoming: IncomingMessage,
  response: ServerResponse,
  numbers: { readonly number: number; readonly connection: number },
): Promise<RecordedRequest> {
  const ended = new Promise<"finished" | "aborted">((resolve) => {
    response.once("close", () => resolve(response.writableFinished ? "finished" : "aborted"));
  });
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return {
    ...numbers,
    atMs: performance.now(),
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    body,
    rpc: parseMessage(body),
    ended,
  };
}

/** A request in a few words. */
export function describeRequest({ number, method, path, rpc }: RecordedRequest): string {
  return `${number} ${method} ${path}${typeof rpc?.method === "string" ? ` ${rpc.method}` : ""}`;
}

function parseMessage(body: Buffer): RawMessage | undefined {
  if (body.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as RawMessage) : undefined;
  } catch {
    return undefined;
  }
}
