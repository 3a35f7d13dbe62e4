import type { ServerResponse } from "node:http";
import { beginEventStream, sendEvent } from "./event-stream.js";
import { handMadeAnswers } from "./hand-made-answers.js";
import type { HandMadeAnswer, HandMadeCall } from "./hand-made-call.js";
import { createHandMadeSessions, type HandMadeSession, type HandMadeSessions } from "./hand-made-session.js";
import type { FrontHandler } from "./http-front.js";
import type { RecordedRequest } from "./recorded-request.js";

/** An MCP server without any SDK, whose every answer can be replaced, and whose results are the bytes that a test gave. */
export interface HandMadeServer {
  /** Goes behind a front. */
  readonly handle: FrontHandler;
  /** Living sessions by id. */
  readonly sessions: ReadonlyMap<string, HandMadeSession>;
  /** Forgets every session, as a server that was started anew: what names one then gets 404. */
  expireSessions(): void;
  /** Answers a method from now on. */
  on(method: string, answer: HandMadeAnswer): void;
}

/** What kind of server it is. */
export interface HandMadeOptions {
  /** @default legacy: 2025-11-25 with sessions */
  readonly era?: "legacy" | "modern" | undefined;
  /** How results are sent where nothing was sent before them. @default json */
  readonly respondAs?: "json" | "sse" | undefined;
}

interface State {
  readonly era: "legacy" | "modern";
  readonly respondAs: "json" | "sse";
  readonly sessions: HandMadeSessions;
  readonly answers: Map<string, HandMadeAnswer>;
}

/** Makes a hand-made server; put it behind a front to be reached. */
export function createHandMadeServer(options: HandMadeOptions = {}): HandMadeServer {
  const { era = "legacy", respondAs = "json" } = options;
  const sessions = createHandMadeSessions();
  const state: State = { era, respondAs, sessions, answers: new Map(Object.entries(handMadeAnswers[era])) };
  return {
    handle: (request, response) =>
      era === "legacy" ? handleLegacy(state, request, response) : handleModern(state, request, response),
    sessions: sessions.living,
    expireSessions: () => {
      for (const session of sessions.living.values()) sessions.end(session);
    },
    on: (method, answer) => void state.answers.set(method, answer),
  };
}

async function handleModern(state: State, request: RecordedRequest, response: ServerResponse): Promise<void> {
  if (request.method !== "POST") refuse(response, 405, "Method not allowed");
  else if (request.rpc?.id === undefined) response.writeHead(202).end();
  else await answerCall(state, { request, response, session: undefined });
}

async function handleLegacy(state: State, request: RecordedRequest, response: ServerResponse): Promise<void> {
  const { sessions } = state;
  const found = sessions.find(request);
  if (found === "unknown") return refuse(response, 404, "Session not found");
  const isHandshake = request.rpc?.method === "initialize";
  const session = isHandshake ? sessions.create() : found;
  if (session === undefined) return refuse(response, 400, "A session id is needed");
  if (request.method === "GET") return sessions.openStream(session, request, response);
  if (request.method === "DELETE") {
    sessions.end(session);
    return void response.writeHead(200).end();
  }
  // Notifications, and answers to what the server asked.
  if (request.rpc?.id === undefined || request.rpc.method === undefined) {
    return void response.writeHead(202).end();
  }
  if (isHandshake) response.setHeader("mcp-session-id", session.id);
  await answerCall(state, { request, response, session });
}

async function answerCall(
  { answers, respondAs }: State,
  from: Pick<HandMadeCall, "request" | "response" | "session">,
): Promise<void> {
  const { request, response } = from;
  const { id, method, params = {} } = request.rpc ?? {};
  const envelope = `{"jsonrpc":"2.0","id":${JSON.stringify(id)}`;
  const answer = typeof method === "string" ? answers.get(method) : undefined;
  if (answer === undefined) {
    return respond(`${envelope},"error":{"code":-32601,"message":"Method not found"}}`);
  }
  const send: HandMadeCall["send"] = (message) => {
    beginEventStream(response);
    sendEvent(response, { data: message });
  };
  const result = await answer({ ...from, id, params: params as Record<string, unknown>, send });
  if (result !== undefined) respond(`${envelope},"result":${result}}`);

  function respond(text: string): void {
    if (respondAs === "sse") beginEventStream(response);
    if (response.headersSent) {
      sendEvent(response, { data: text });
      response.end();
    } else response.writeHead(200, { "content-type": "application/json" }).end(text);
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const error = { jsonrpc: "2.0", id: null, error: { code: -32_000, message } };
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(error));
}
