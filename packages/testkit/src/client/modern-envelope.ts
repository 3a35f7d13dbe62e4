import { parseMessage, type RawMessage } from "./message-inbox.js";

/** What a client of the era without a handshake says about itself in every request. */
export interface Envelope {
  /** @default 2026-07-28 */
  readonly protocolVersion?: string | undefined;
  /** @default none */
  readonly capabilities?: object | undefined;
  /** Further members of `_meta`. @default none */
  readonly meta?: object | undefined;
}

const prefix = "io.modelcontextprotocol/";
const modernVersion = "2026-07-28";
/** The parameter that also goes into a header, by method. */
const named: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
  "tasks/get": "taskId",
  "tasks/update": "taskId",
  "tasks/cancel": "taskId",
};

/** Puts the envelope into a request or notification; members that are there already are kept. Answers stay as they are. */
export function withEnvelope(text: string, envelope: Envelope): string {
  const message = parseMessage(text);
  if (message?.method === undefined) return text;
  const params = (message.params ?? {}) as { readonly _meta?: object };
  const meta = {
    [`${prefix}protocolVersion`]: envelope.protocolVersion ?? modernVersion,
    [`${prefix}clientInfo`]: { name: "fairlead-testkit", version: "0.1.0" },
    [`${prefix}clientCapabilities`]: envelope.capabilities ?? {},
    ...envelope.meta,
    ...params._meta,
  };
  return JSON.stringify({ ...message, params: { ...params, _meta: meta } });
}

/** The headers that say the same as the body. */
export function modernHeaders({ method, params }: RawMessage): Record<string, string> {
  if (typeof method !== "string") return {};
  const members = (params ?? {}) as Readonly<Record<string, unknown>>;
  const meta = members["_meta"] as Readonly<Record<string, unknown>> | undefined;
  const version = meta?.[`${prefix}protocolVersion`];
  const name = members[named[method] ?? ""];
  return {
    "mcp-protocol-version": typeof version === "string" ? version : modernVersion,
    "mcp-method": method,
    ...(typeof name === "string" ? { "mcp-name": name } : {}),
  };
}
