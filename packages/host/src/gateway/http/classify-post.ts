import type { IncomingMessage } from "node:http";
import {
  classifyAgentMessage,
  findMember,
  headerMismatchError,
  isLegacyVersion,
  isModernVersion,
  type ModernEnvelope,
  namedMember,
  parseRange,
  type RpcErrorObject,
  type ScannedMessage,
  type ScannedNotification,
  type ScannedRequest,
  type StandardHeaders,
  unsupportedVersionError,
} from "@fairlead/mcp";
import { headerOf } from "./face-context.js";
import { faceErrorCodes, type Refusal, refusal } from "./refuse.js";
import { modernStatusOf } from "./rpc-status.js";

/** How a posted message is to be served. */
export type PostClass =
  | { readonly era: "legacy" }
  /** Only notifications come without an envelope. */
  | { readonly era: "modern"; readonly envelope: ModernEnvelope | undefined }
  | { readonly era: "refused"; readonly refusal: Refusal };

const versionKey = "io.modelcontextprotocol/protocolVersion";

/** Tells the era of a posted message by its headers and its `_meta`, which must agree. */
export function classifyPost(message: ScannedMessage, request: IncomingMessage): PostClass {
  const version = headerOf(request, "mcp-protocol-version");
  if (message.kind === "invalid" || message.kind === "result" || message.kind === "error") {
    if (version === undefined || isLegacyVersion(version)) return { era: "legacy" };
    const text = `A client of protocol revision ${version} posts requests and notifications only`;
    return { era: "refused", refusal: refusal(400, faceErrorCodes.invalidRequest, text) };
  }
  // Who shows a session and its revision is of the legacy era; its params need not be looked through.
  const hasSession = headerOf(request, "mcp-session-id") !== undefined;
  if (hasSession && version !== undefined && isLegacyVersion(version)) return { era: "legacy" };
  const headers: StandardHeaders = {
    protocolVersion: version,
    method: headerOf(request, "mcp-method"),
    name: headerOf(request, "mcp-name"),
  };
  return classifyCall(message, headers);
}

function classifyCall(message: ScannedRequest | ScannedNotification, headers: StandardHeaders): PostClass {
  const { method } = message;
  const isRequest = message.kind === "request";
  const { protocolVersion: version } = headers;
  const params = neededParams(message);
  const claimed = claimedVersion(params);
  if (typeof claimed === "string") {
    const error = headerMismatchError({ method, params, version: claimed, isRequest }, headers);
    if (error !== undefined) return refused(message, error);
  } else if (version !== undefined && !isModernVersion(version) && !isLegacyVersion(version)) {
    return refused(message, unsupportedVersionError(version));
  }
  const established = version !== undefined && isModernVersion(version) ? "modern" : undefined;
  const found = classifyAgentMessage({ method, params, isRequest }, established);
  if (found.era === "unsupported") return refused(message, found.error);
  if (found.era === "legacy") return { era: "legacy" };
  return { era: "modern", envelope: found.envelope };
}

function refused(message: ScannedRequest | ScannedNotification, error: RpcErrorObject): PostClass {
  const id = message.kind === "request" ? message.id : undefined;
  const status = modernStatusOf(error.code);
  return { era: "refused", refusal: { status: status === 200 ? 400 : status, error, id } };
}

/** The members that tell eras and names apart; the rest of params may be large and is not parsed. */
function neededParams({ line, params, method }: ScannedRequest | ScannedNotification): unknown {
  if (params === undefined) return undefined;
  const names = ["_meta", namedMember(method), method === "initialize" ? "protocolVersion" : undefined];
  const found = names.flatMap((name) => {
    const range = name === undefined ? undefined : findMember(line, params, name);
    return name === undefined || range === undefined ? [] : [[name, parseRange(line, range)] as const];
  });
  return Object.fromEntries(found);
}

function claimedVersion(params: unknown): unknown {
  const meta = typeof params === "object" && params !== null && "_meta" in params ? params._meta : undefined;
  return typeof meta === "object" && meta !== null && versionKey in meta ? meta[versionKey] : undefined;
}
