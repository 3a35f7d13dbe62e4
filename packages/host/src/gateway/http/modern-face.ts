import { createHash } from "node:crypto";
import { createId, toFairleadError } from "@fairlead/core";
import type { ModernEnvelope, ScannedNotification, ScannedRequest } from "@fairlead/mcp";
import { type FaceContext, forwardedHeaders, type Posting } from "./face-context.js";
import { ModernSession } from "./modern-session.js";
import { faceErrorCodes, type Refusal, refusal } from "./refuse.js";
import { sessionsFull, toOpenRefusal } from "./session-refusals.js";

/** Serves a POST of the modern era. @returns why it is not served */
export async function postModern(
  posting: Posting<ScannedRequest | ScannedNotification>,
  envelope: ModernEnvelope | undefined,
  context: FaceContext,
): Promise<Refusal | undefined> {
  const { message, response, accepts } = posting;
  const key = envelope === undefined ? undefined : identityOf(posting, envelope, context);
  if (message.kind === "notification") {
    const known = key === undefined ? undefined : context.sessions.get(key);
    if (known instanceof ModernSession) known.note(message);
    response.writeHead(202, { "content-length": 0 }).end();
    return undefined;
  }
  if (message.method === "subscriptions/listen" && !accepts.events) {
    const text = "subscriptions/listen is answered with text/event-stream: accept it";
    return { ...refusal(406, faceErrorCodes.refused, text), id: message.id };
  }
  const session = openSession(posting, key ?? "", context);
  if (!(session instanceof ModernSession)) return { ...session, id: message.id };
  await session.serve({ ...posting, message });
  return undefined;
}

function openSession(posting: Posting, key: string, context: FaceContext): ModernSession | Refusal {
  const known = context.sessions.get(key);
  if (known instanceof ModernSession) return known;
  if (!context.sessions.makeRoom()) return sessionsFull(context.limits.sessions);
  const { principal, server } = posting;
  const facts = { label: createId("s").slice(0, 10), era: "modern", principal, server } as const;
  try {
    const session = new ModernSession(facts, context);
    context.sessions.add(key, session);
    return session;
  } catch (thrown) {
    return toOpenRefusal(toFairleadError(thrown));
  }
}

/** Equal for requests of one client only; a hash, because forwarded headers may be secrets. */
function identityOf(posting: Posting, envelope: ModernEnvelope, context: FaceContext): string {
  const { clientInfo, capabilities } = envelope;
  const headers = forwardedHeaders(posting, context) ?? {};
  const parts = [posting.principal, posting.server ?? null, clientInfo ?? null, capabilities, headers];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
