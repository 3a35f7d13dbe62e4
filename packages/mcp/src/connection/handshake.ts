import { type ErrorDetails, FairleadError, isJsonObject } from "@fairlead/core";
import { parseRange } from "../envelope/members.js";
import { legacyVersions } from "../eras/protocol-versions.js";
import type { StartFailure } from "./server-errors.js";
import type { CallAnswer, InitializeResult, McpCall } from "./types.js";

/** What we say in `initialize`. */
export interface Greeting {
  /** The server's name in the configuration, for messages. */
  readonly name: string;
  /** Who we say we are: the agent behind us where there is one. */
  readonly clientInfo: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly version: string;
  };
  /** What the agent behind us can do. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** The revision that is asked for. @default 2025-11-25, the last one with a handshake */
  readonly protocolVersion?: string | undefined;
}

/**
 * Asks a server of the legacy era to shake hands. The caller tells it `notifications/initialized` then.
 * @param ask makes the one request
 * @throws FairleadError as `ask` gives it, or `unavailable` with reason `handshake_failed`; details: `failure` (a
 * `StartFailure`), and `rpcCode` where the server refused
 */
export async function shakeHands(
  greeting: Greeting,
  ask: (call: McpCall) => Promise<CallAnswer>,
): Promise<InitializeResult> {
  const { name, clientInfo, capabilities, protocolVersion = legacyVersions[0] } = greeting;
  const params = Buffer.from(JSON.stringify({ protocolVersion, capabilities, clientInfo }));
  const answer = await ask({ method: "initialize", params });
  if (answer.kind === "result") return readInitializeResult(answer.result, name);
  const { code, text } = readError(answer.error);
  const details: ErrorDetails = typeof code === "number" ? { rpcCode: code } : {};
  throw handshakeError(`Server '${name}' refused initialize: ${text}`, "protocol_error", details);
}

/** Makes the error for a start that went wrong in what was said. */
export function handshakeError(
  message: string,
  failure: StartFailure,
  details: ErrorDetails = {},
): FairleadError {
  return new FairleadError("unavailable", message, {
    reason: "handshake_failed",
    details: { ...details, failure },
  });
}

function readInitializeResult(raw: Buffer, name: string): InitializeResult {
  const value = parseRange(raw);
  const protocolVersion = isJsonObject(value) ? value["protocolVersion"] : undefined;
  if (!isJsonObject(value) || typeof protocolVersion !== "string") {
    throw handshakeError(`Server '${name}' answered initialize without a protocolVersion`, "protocol_error");
  }
  if (!legacyVersions.some((known) => known === protocolVersion)) {
    const known = legacyVersions.toReversed().join(", ");
    const text = `Server '${name}' speaks protocol revision ${JSON.stringify(protocolVersion)}, known are ${known}`;
    throw handshakeError(text, "protocol_error");
  }
  return { protocolVersion, value, raw };
}

/** Reads the code and the sentence of a raw error object. */
export function readError(raw: Buffer): { readonly code: unknown; readonly text: string } {
  const value = parseRange(raw);
  const { code, message } = isJsonObject(value) ? value : {};
  return { code, text: typeof message === "string" ? message.slice(0, 512) : "no message" };
}
