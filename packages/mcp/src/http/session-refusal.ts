import type { Refusal } from "./refusal.js";

/** How servers say with 400 that they do not know a session: "No valid session ID provided", "Session not found". */
const unknownSession =
  /\b(?:no|not|invalid|missing|unknown|expired)\b.{0,24}session|session.{0,24}\b(?:not|invalid|missing|unknown|expired|required|terminated)\b|\bserver not initialized\b/i;

/**
 * Tells whether a server refused a request because it does not know the session that it was sent in, so that nothing was
 * done for it. The protocol has 404 for that; many servers answer 400, as they do to a request without a session, but
 * 400 means other things too.
 */
export function refusesSession({ status, text }: Pick<Refusal, "status" | "text">): boolean {
  return status === 404 || (status === 400 && unknownSession.test(text));
}
