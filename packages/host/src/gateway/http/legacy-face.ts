import { createId, toFairleadError } from "@fairlead/core";
import { isLegacyVersion, type ProbedEnvelope, type ScannedRequest } from "@fairlead/mcp";
import { type Exchange, type FaceContext, headerOf, type Posting } from "./face-context.js";
import { LegacySession } from "./legacy-session.js";
import { faceErrorCodes, type Refusal, refusal } from "./refuse.js";
import { sessionsFull, toOpenRefusal } from "./session-refusals.js";

/** Serves a POST of the legacy era. @returns why it is not served */
export async function postLegacy(posting: Posting, context: FaceContext): Promise<Refusal | undefined> {
  const { message, request, response } = posting;
  const version = headerOf(request, "mcp-protocol-version");
  if (version !== undefined && !isLegacyVersion(version)) {
    return refusal(
      400,
      faceErrorCodes.invalidRequest,
      `Unsupported protocol version in the header: ${version}`,
    );
  }
  if (message.kind === "invalid") {
    settleBroken(posting, message, { why: message.text, context });
    return invalidMessage(message.problem, message.text, posting);
  }
  const isInitialize = message.kind === "request" && message.method === "initialize";
  if (isInitialize && headerOf(request, "mcp-session-id") === undefined) {
    return initialize({ ...posting, message }, context);
  }
  const session = findSession(posting, context);
  if (!(session instanceof LegacySession)) {
    return { ...session, id: message.kind === "request" ? message.id : undefined };
  }
  if (message.kind === "request") await session.serve({ ...posting, message });
  else {
    session.take(message);
    response.writeHead(202, { "content-length": 0 }).end();
  }
  return undefined;
}

/** Fails the question that a message was to answer which cannot be read. */
export function settleBroken(
  exchange: Exchange,
  { id, hasMethod }: ProbedEnvelope,
  { why, context }: { readonly why: string; readonly context: FaceContext },
): void {
  if (id === undefined || hasMethod) return;
  const session = findSession(exchange, context);
  if (session instanceof LegacySession) session.settleBroken(id, why);
}

/** Gives an agent the standing stream, or the rest of one that broke. @returns why not */
export function getLegacy(exchange: Exchange, context: FaceContext): Refusal | undefined {
  const { request, response, accepts } = exchange;
  if (headerOf(request, "mcp-session-id") === undefined) return withoutSession();
  if (!accepts.events) {
    return refusal(406, faceErrorCodes.refused, "This answers with text/event-stream: accept it");
  }
  const session = findSession(exchange, context);
  if (!(session instanceof LegacySession)) return session;
  const lastEventId = headerOf(request, "last-event-id");
  if (lastEventId === undefined || lastEventId === "") {
    if (session.openStanding(exchange)) return undefined;
    return refusal(
      409,
      faceErrorCodes.refused,
      "This session has a standing stream already: there is one at most",
    );
  }
  const outcome = session.resume(exchange, lastEventId);
  if (outcome === "unknown") {
    return refusal(400, faceErrorCodes.invalidRequest, "Last-Event-ID names no event of this session");
  }
  if (outcome === "over") response.writeHead(204).end();
  return undefined;
}

/** Ends a session. @returns why not */
export function deleteLegacy(exchange: Exchange, context: FaceContext): Refusal | undefined {
  if (headerOf(exchange.request, "mcp-session-id") === undefined) return withoutSession();
  const session = findSession(exchange, context);
  if (!(session instanceof LegacySession)) return session;
  context.sessions.end(session.id, "deleted");
  exchange.response.writeHead(204).end();
  return undefined;
}

async function initialize(
  posting: Posting<ScannedRequest>,
  context: FaceContext,
): Promise<Refusal | undefined> {
  const { message, response, principal, server } = posting;
  if (!context.sessions.makeRoom()) return { ...sessionsFull(context.limits.sessions), id: message.id };
  const id = createId("mcp");
  const facts = { label: createId("s").slice(0, 10), era: "legacy", principal, server } as const;
  let session: LegacySession;
  try {
    session = new LegacySession({ id, facts, context });
  } catch (thrown) {
    return { ...toOpenRefusal(toFairleadError(thrown)), id: message.id };
  }
  context.sessions.add(id, session);
  // Who leaves before the head of the answer never learns the id: nobody could ever use the session.
  response.on("close", () => {
    if (!response.headersSent) context.sessions.end(id, "refused");
  });
  if ((await session.serve(posting)) === "failed") context.sessions.end(id, "refused");
  return undefined;
}

function findSession(exchange: Exchange, { sessions }: FaceContext): LegacySession | Refusal {
  const id = headerOf(exchange.request, "mcp-session-id");
  if (id === undefined) {
    const text =
      "The header Mcp-Session-Id is missing: send initialize first, then the id that it was answered with";
    return refusal(400, faceErrorCodes.invalidRequest, text);
  }
  const session = sessions.get(id);
  const isTheirs =
    session instanceof LegacySession &&
    session.facts.principal === exchange.principal &&
    session.facts.server === exchange.server;
  if (isTheirs) return session;
  return refusal(404, faceErrorCodes.sessionUnknown, "Session not found: it has ended, so initialize again");
}

function withoutSession(): Refusal {
  const text = "Without a session there is only POST";
  return { ...refusal(405, faceErrorCodes.refused, text), headers: { allow: "POST" } };
}

function invalidMessage(problem: string, text: string, { message }: Posting): Refusal {
  const id = message.kind === "invalid" ? message.id : undefined;
  const { parseError, invalidRequest } = faceErrorCodes;
  if (problem === "batch") {
    const batch =
      "This is a batch, which only protocol revision 2025-03-26 had: post its messages one by one";
    return { ...refusal(400, invalidRequest, batch), id };
  }
  const code = problem === "not_json" || problem === "too_deep" ? parseError : invalidRequest;
  return { ...refusal(400, code, `The body is no JSON-RPC message: ${text}`), id };
}
