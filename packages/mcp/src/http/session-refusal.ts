import { errorCode, type Refusal } from "./refusal.js";

/** How servers say with 400 that they do not know a session. Tools speak of sessions of their own, so nothing looser will do. */
const unknownSession =
  /\b(?:mcp-session-id|session id)\b|^(?:[\w ]+: )?session (?:not found|expired|terminated)\b|\bserver not initialized\b/i;

/** What an error of the transport has; a method that refuses its params has others. */
const transportCodes: ReadonlySet<unknown> = new Set([-32000, -32001, -32600]);

/**
 * Tells whether a server refused a request because it does not know the session that it was sent in, so that nothing was
 * done for it. The protocol has 404 for that; many servers answer 400, as they do to a request without a session, but
 * 400 means other things too.
 */
export function refusesSession({ status, text, error }: Pick<Refusal, "status" | "text" | "error">): boolean {
  if (status !== 400) return status === 404;
  return unknownSession.test(text) && (error === undefined || transportCodes.has(errorCode(error)));
}
