import { isJsonObject } from "@fairlead/core";
import { decodeHeaderValue } from "../http/header-values.js";
import { eraErrorCodes, type RpcErrorObject } from "./era-errors.js";

/** The headers that repeat what a modern message says, so that whoever stands between need not read the body. */
export interface StandardHeaders {
  readonly protocolVersion: string | undefined;
  readonly method: string | undefined;
  readonly name: string | undefined;
}

/** What they are compared with. */
export interface HeadedMessage {
  readonly method: string;
  /** The parsed params, or an object that holds no more than the members that {@link namedMember} tells. */
  readonly params: unknown;
  /** The revision that `_meta` names. */
  readonly version: string;
  /** Notifications need no headers, but those that they have must be right. */
  readonly isRequest: boolean;
}

const namedMembers: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
  "tasks/get": "taskId",
  "tasks/update": "taskId",
  "tasks/cancel": "taskId",
};

/** Tells which member of a method's params `Mcp-Name` repeats; undefined if none. */
export function namedMember(method: string): string | undefined {
  return Object.hasOwn(namedMembers, method) ? namedMembers[method] : undefined;
}

/** Gives the error for a modern message whose HTTP headers do not say what it says; undefined if they do (SEP-2243). */
export function headerMismatchError(
  message: HeadedMessage,
  headers: StandardHeaders,
): RpcErrorObject | undefined {
  const { method, version, isRequest } = message;
  return (
    compare("MCP-Protocol-Version", { header: headers.protocolVersion, body: version, isRequest }) ??
    compare("Mcp-Method", { header: headers.method, body: method, isRequest }) ??
    compareName(message, headers.name)
  );
}

function compareName(message: HeadedMessage, header: string | undefined): RpcErrorObject | undefined {
  const member = namedMember(message.method);
  const body = member !== undefined && isJsonObject(message.params) ? message.params[member] : undefined;
  if (typeof body !== "string") return undefined;
  const decoded = header === undefined ? undefined : decodeHeaderValue(header);
  if (header !== undefined && decoded === undefined) return mismatch("Mcp-Name", "is no base64 of UTF-8");
  return compare("Mcp-Name", { header: decoded, body, isRequest: message.isRequest });
}

function compare(
  name: string,
  values: { readonly header: string | undefined; readonly body: string; readonly isRequest: boolean },
): RpcErrorObject | undefined {
  const { header, body, isRequest } = values;
  if (header === undefined) return isRequest ? mismatch(name, "is missing") : undefined;
  return header === body ? undefined : mismatch(name, "does not say what the body says");
}

function mismatch(header: string, problem: string): RpcErrorObject {
  return {
    code: eraErrorCodes.headerMismatch,
    message: `Header mismatch: the header ${header} ${problem}`,
    data: { mismatch: { header, problem } },
  };
}
