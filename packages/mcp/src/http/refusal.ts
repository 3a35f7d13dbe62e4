import { isJsonObject } from "@fairlead/core";
import { findMember, parseRange, sliceRange } from "../envelope/members.js";
import { type ScannedErrorAnswer, scanMessage } from "../envelope/scan-message.js";
import type { WireResponse } from "./http-wire.js";
import { dropBody, mediaType, readBeginning } from "./response-body.js";
import { parseRetryAfterMs } from "./retry-rules.js";

/** An answer whose status says no. */
export interface Refusal {
  readonly status: number;
  /** What the server said about trying again. */
  readonly retryAfterMs: number | undefined;
  /** The body, if it is one JSON-RPC error. */
  readonly error: ScannedErrorAnswer | undefined;
  /** What the body says to a person, in one line; empty if nothing. */
  readonly text: string;
  /** Whether credentials were sent. */
  readonly hasCredentials: boolean;
}

/** An error body may be endless: it is waited for this long after the head. */
const patienceMs = 1_000;
const maxJsonBytes = 1024 * 1024;
const maxTextBytes = 8 * 1024;
const maxShownLetters = 300;

/** Reads an answer whose status says no, as far as it is worth reading, and drops the rest. Never throws. */
export async function readRefusal({ response, hasCredentials }: WireResponse): Promise<Refusal> {
  const { status } = response;
  const type = mediaType(response);
  const isJson = type === "application/json" || type.endsWith("+json");
  const retryAfterMs = parseRetryAfterMs(response.headers.get("retry-after"), Date.now());
  if (type === "text/event-stream") {
    dropBody(response);
    return { status, retryAfterMs, error: undefined, text: "", hasCredentials };
  }
  const maxBytes = isJson ? maxJsonBytes : maxTextBytes;
  const body = await readBeginning(response, { maxBytes, maxMs: patienceMs });
  const message = scanMessage(body);
  const error = message.kind === "error" ? message : undefined;
  return {
    status,
    retryAfterMs,
    error,
    text: type === "text/html" ? "" : describeBody(body),
    hasCredentials,
  };
}

/** The code of an answer that is an error; undefined where it has none. */
export function errorCode({ line, error: range }: ScannedErrorAnswer): unknown {
  const error = sliceRange(line, range);
  const code = findMember(error, { start: 0, end: error.length }, "code");
  return code === undefined ? undefined : parseRange(error, code);
}

function describeBody(body: Buffer): string {
  const text = errorText(body) ?? body.toString("utf8", 0, maxTextBytes);
  // Control bytes would let a server write to the terminal of whoever reads the message.
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length > maxShownLetters ? `${line.slice(0, maxShownLetters)}…` : line;
}

/** Finds the sentence in the usual shapes of JSON errors: JSON-RPC, OAuth, and what web frameworks write. */
function errorText(body: Buffer): string | undefined {
  let value: unknown;
  try {
    value = parseRange(body);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { error } = value as { error?: unknown };
  const inner = isJsonObject(error) ? error["message"] : undefined;
  const candidates = [inner, value["error_description"], value["message"], value["detail"], error];
  return candidates.find((candidate): candidate is string => typeof candidate === "string");
}
