import type { HttpScope } from "./http-core.js";

/** What a handshake has agreed on. */
export interface HttpSession {
  /** Undefined if the server keeps no sessions. */
  readonly id: string | undefined;
  readonly protocolVersion: string;
  /** The work that ends with it: its standing stream. */
  readonly scope: HttpScope;
}

/** The headers of every request in a session. */
export function sessionHeaders(session: HttpSession | undefined): Record<string, string> {
  if (session === undefined) return {};
  const { id, protocolVersion } = session;
  return {
    "mcp-protocol-version": protocolVersion,
    ...(id === undefined ? {} : { "mcp-session-id": id }),
  };
}

/** Tells whether a server may name a session so: visible ASCII, as the protocol has it. */
export function isSessionId(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
