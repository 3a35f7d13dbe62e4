import type { ServerResponse } from "node:http";
import type { HandMadeSession } from "./hand-made-session.js";
import type { RecordedRequest } from "./recorded-request.js";

/** One request of the client, to be answered. */
export interface HandMadeCall {
  readonly request: RecordedRequest;
  readonly response: ServerResponse;
  readonly id: unknown;
  readonly params: Readonly<Record<string, unknown>>;
  /** Undefined in the modern era. */
  readonly session: HandMadeSession | undefined;
  /** Begins an event stream, and sends a message over it before the answer; a text as it is. */
  readonly send: (message: object | string) => void;
}

/** The JSON of a result, or nothing if the call was answered by hand. */
export type HandMadeAnswer = (call: HandMadeCall) => string | undefined | Promise<string | undefined>;
