import type { ServerResponse } from "node:http";
import { createId } from "@fairlead/core";
import { beginEventStream, type SentEvent, sendEvent } from "./event-stream.js";
import type { RecordedRequest } from "./recorded-request.js";

/** A legacy session of a hand-made server. */
export interface HandMadeSession {
  readonly id: string;
  /** The answer to its last GET, while it is open. */
  readonly stream: ServerResponse | undefined;
  /**
   * Sends a message over the GET stream; a text as it is. While there is no stream it is kept for the next one that comes
   * with Last-Event-ID. Events are numbered `e-1`, `e-2` …
   */
  push(message: object | string): void;
}

interface Session extends HandMadeSession {
  stream: ServerResponse | undefined;
  readonly events: SentEvent[];
}

/** The sessions of one server. */
export interface HandMadeSessions {
  /** Living sessions by id. */
  readonly living: ReadonlyMap<string, HandMadeSession>;
  create(): HandMadeSession;
  /** The one that a request names: undefined if it names none, `unknown` if there is no such session. */
  find(request: RecordedRequest): HandMadeSession | undefined | "unknown";
  /** Answers a GET with the session's event stream, and with what it missed. */
  openStream(session: HandMadeSession, request: RecordedRequest, response: ServerResponse): void;
  /** Forgets a session and ends its stream. */
  end(session: HandMadeSession): void;
}

/** Makes an empty set of sessions. */
export function createHandMadeSessions(): HandMadeSessions {
  const living = new Map<string, Session>();
  return {
    living,
    create: () => {
      const session = createSession();
      living.set(session.id, session);
      return session;
    },
    find: ({ headers }) => {
      const id = headers["mcp-session-id"];
      return typeof id === "string" ? (living.get(id) ?? "unknown") : undefined;
    },
    openStream: ({ id }, request, response) => {
      const session = living.get(id);
      if (session !== undefined) openStream(session, request, response);
    },
    end: ({ id, stream }) => {
      living.delete(id);
      stream?.end();
    },
  };
}

function createSession(): Session {
  const events: SentEvent[] = [];
  const session: Session = {
    id: createId("session"),
    stream: undefined,
    events,
    push: (message) => {
      const event = { data: message, id: `e-${events.length + 1}` };
      events.push(event);
      if (session.stream !== undefined) sendEvent(session.stream, event);
    },
  };
  return session;
}

function openStream(session: Session, request: RecordedRequest, response: ServerResponse): void {
  beginEventStream(response);
  session.stream = response;
  response.once("close", () => {
    if (session.stream === response) session.stream = undefined;
  });
  const last = request.headers["last-event-id"];
  if (last === undefined) return;
  const from = session.events.findIndex(({ id }) => id === last);
  for (const event of session.events.slice(from + 1)) sendEvent(response, event);
}
