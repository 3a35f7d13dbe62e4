import { isJsonObject, type JsonObject } from "@fairlead/core";
import {
  invalidEnvelopeError,
  type RpcErrorObject,
  removedMethodError,
  unsupportedVersionError,
} from "./era-errors.js";
import { metaKeys } from "./meta-keys.js";
import { isRemovedRequest } from "./methods.js";
import { type Era, isModernVersion } from "./protocol-versions.js";

/** What a modern agent says about itself in every request. */
export interface ModernEnvelope {
  readonly version: string;
  /** Undefined if the agent does not say: it should, but need not. */
  readonly clientInfo: ClientInfo | undefined;
  readonly capabilities: JsonObject;
  /** The least severe log message wanted for this request. @default none at all are wanted */
  readonly logLevel: LogLevel | undefined;
}

/** The name under which an agent introduces itself; members beyond these are kept. */
type ClientInfo = JsonObject & { readonly name: string; readonly version: string };

/** The severities of log messages, least severe first. */
export const logLevels = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** A request or notification of an agent, as far as its era shows in it. */
export interface AgentMessage {
  readonly method: string;
  /** The parsed params, or an object that holds no more than their `_meta` and `protocolVersion`. */
  readonly params: unknown;
  readonly isRequest: boolean;
}

/**
 * How a message is to be served. `unsupported` is answered with its error if it is a request, else dropped; it decides
 * nothing about the connection, so that the agent may try again. Only notifications come without an envelope.
 */
export type AgentMessageClass =
  | { readonly era: "legacy" }
  | { readonly era: "modern"; readonly envelope: ModernEnvelope | undefined }
  | { readonly era: "unsupported"; readonly error: RpcErrorObject };

/**
 * Tells which era a message of an agent belongs to. Only the key of the protocol version in `_meta` claims the modern
 * era, and who claims it must do the rest right: nothing malformed is silently taken for legacy.
 * @param established the era that {@link establishedEra} gave for the messages before
 */
export function classifyAgentMessage(message: AgentMessage, established: Era | undefined): AgentMessageClass {
  if (established === "legacy") return { era: "legacy" };
  const meta = metaOf(message.params);
  if (meta === undefined || !Object.hasOwn(meta, metaKeys.protocolVersion)) {
    return established === "modern" ? withoutEnvelope(message) : { era: "legacy" };
  }
  const read = readEnvelope(meta);
  if ("envelope" in read) return { era: "modern", envelope: read.envelope };
  // An agent that initializes means it, whatever else it carries.
  if (message.method === "initialize") {
    return established === "modern" ? withoutEnvelope(message) : { era: "legacy" };
  }
  return { era: "unsupported", error: read.error };
}

/**
 * Gives the era of a connection after a message. It is settled once: by any legacy message, or by a modern request
 * other than `server/discover`, since an agent may probe and then initialize on the same connection.
 */
export function establishedEra(
  before: Era | undefined,
  message: AgentMessage,
  found: AgentMessageClass,
): Era | undefined {
  if (before !== undefined || found.era === "unsupported") return before;
  if (found.era === "legacy") return "legacy";
  return message.isRequest && message.method !== "server/discover" ? "modern" : undefined;
}

/** Tells whether a log message is severe enough to be sent. @param wanted undefined: nothing is wanted */
export function isLogWanted(level: unknown, wanted: LogLevel | undefined): boolean {
  if (wanted === undefined) return false;
  const severity = (logLevels as readonly unknown[]).indexOf(level);
  // A level that nobody knows is better shown than lost.
  return severity === -1 || severity >= logLevels.indexOf(wanted);
}

function withoutEnvelope({ method, params, isRequest }: AgentMessage): AgentMessageClass {
  if (!isRequest) return { era: "modern", envelope: undefined };
  if (method === "initialize") {
    const asked = isJsonObject(params) ? params["protocolVersion"] : undefined;
    const error = unsupportedVersionError(typeof asked === "string" ? asked : undefined);
    return { era: "unsupported", error };
  }
  if (isRemovedRequest(method)) return { era: "unsupported", error: removedMethodError(method) };
  return { era: "unsupported", error: invalidEnvelopeError(metaKeys.protocolVersion, "missing") };
}

/** The version is looked at first: another revision may want another envelope, and its agent needs to hear which we speak. */
function readEnvelope(meta: JsonObject): { envelope: ModernEnvelope } | { error: RpcErrorObject } {
  const version = meta[metaKeys.protocolVersion];
  const capabilities = meta[metaKeys.clientCapabilities];
  const clientInfo = meta[metaKeys.clientInfo];
  const logLevel = meta[metaKeys.logLevel];
  if (typeof version !== "string") return invalid(metaKeys.protocolVersion, "expected a text");
  if (!isModernVersion(version)) return { error: unsupportedVersionError(version) };
  if (capabilities === undefined) return invalid(metaKeys.clientCapabilities, "missing");
  if (!isJsonObject(capabilities)) return invalid(metaKeys.clientCapabilities, "expected an object");
  if (clientInfo !== undefined && !isClientInfo(clientInfo)) {
    return invalid(metaKeys.clientInfo, "expected an object with the texts name and version");
  }
  if (logLevel !== undefined && !isLogLevel(logLevel)) {
    return invalid(metaKeys.logLevel, `expected one of ${logLevels.join(", ")}`);
  }
  return { envelope: { version, clientInfo, capabilities, logLevel } };
}

function invalid(key: string, problem: string): { error: RpcErrorObject } {
  return { error: invalidEnvelopeError(key, problem) };
}

function metaOf(params: unknown): JsonObject | undefined {
  const meta = isJsonObject(params) ? params["_meta"] : undefined;
  return isJsonObject(meta) ? meta : undefined;
}

function isClientInfo(value: unknown): value is ClientInfo {
  return isJsonObject(value) && typeof value["name"] === "string" && typeof value["version"] === "string";
}

/** Tells whether a parsed value is the name of a severity. */
export function isLogLevel(value: unknown): value is LogLevel {
  return (logLevels as readonly unknown[]).includes(value);
}
