import type { IncomingMessage, ServerResponse } from "node:http";
import { toFairleadError } from "@fairlead/core";
import { scanMessage } from "@fairlead/mcp";
import { isJsonType } from "./accepted-types.js";
import { breakWhenStuck } from "./break-stuck.js";
import { classifyPost } from "./classify-post.js";
import { closeQueued } from "./close-queued.js";
import { type Exchange, type FaceContext, headerOf } from "./face-context.js";
import { createGate } from "./gate.js";
import {
  defaultHttpFaceLimits,
  type HttpFaceLimits,
  type HttpFaceOptions,
  type HttpSessionFacts,
} from "./http-face.js";
import { deleteLegacy, getLegacy, postLegacy, settleBroken } from "./legacy-face.js";
import { postModern } from "./modern-face.js";
import { OpenStreams } from "./open-streams.js";
import { readBody } from "./read-body.js";
import { faceErrorCodes, type Refusal, refusal, refuse } from "./refuse.js";
import { SessionTable } from "./session-table.js";

/** The face without a socket: whoever has one hands its requests over. */
export interface HttpHandler extends AsyncDisposable {
  /** Answers a request. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  sessions(): readonly HttpSessionFacts[];
  /** Ends every stream and session; requests that still come get 503. */
  close(): Promise<void>;
}

/** Makes a face. @throws FairleadError `usage` for tokens that cannot be used */
export function createHttpHandler(options: HttpFaceOptions, host: string): HttpHandler {
  const limits = resolveLimits(options.limits);
  const onEvent = options.onEvent ?? (() => {});
  const streams = new OpenStreams(limits.keepAliveMs);
  const sessions = new SessionTable({
    maxSessions: limits.sessions,
    idleTtlMs: limits.idleTtlMs,
    tickMs: Math.min(limits.keepAliveMs, Math.max(10, limits.idleTtlMs / 4)),
    onEvent,
  });
  const context: FaceContext = { options, limits, sessions, streams, onEvent };
  const gate = createGate(options, host);
  let closing: Promise<void> | undefined;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const passing = closing === undefined ? gate(request, response) : shuttingDown();
    // Nothing waits where nothing has to, so that requests are taken in the order in which they came.
    const admitted = passing instanceof Promise ? await passing : passing;
    if (admitted === "answered") return;
    const refused = "status" in admitted ? admitted : await serveExchange(admitted, context);
    if (refused === undefined) return;
    onEvent({ type: "refused", status: refused.status, text: refused.error.message });
    refuse(response, refused);
  };
  const close = async (): Promise<void> => {
    const ending = sessions.close();
    streams.close();
    await ending;
  };
  const handler: HttpHandler = {
    handle(request, response) {
      // A connection that breaks is told by its close; an error without a listener would end the process.
      response.on("error", () => {});
      closeQueued(request, response);
      breakWhenStuck(response, limits.keepAliveMs);
      serve(request, response).catch((thrown: unknown) => {
        onEvent({ type: "warning", text: `A request failed: ${toFairleadError(thrown).message}` });
        refuse(response, refusal(500, -32_603, "The gateway failed to serve this request"));
      });
    },
    sessions: () => sessions.all().map(({ facts }) => facts),
    close() {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => handler.close(),
  };
  return handler;
}

async function serveExchange(exchange: Exchange, context: FaceContext): Promise<Refusal | undefined> {
  switch (exchange.request.method) {
    case "POST":
      return servePost(exchange, context);
    case "GET":
      return getLegacy(exchange, context);
    case "DELETE":
      return deleteLegacy(exchange, context);
    default: {
      const text = "Only POST, GET and DELETE are served here";
      return { ...refusal(405, faceErrorCodes.refused, text), headers: { allow: "GET, POST, DELETE" } };
    }
  }
}

async function servePost(exchange: Exchange, context: FaceContext): Promise<Refusal | undefined> {
  const { request, accepts } = exchange;
  const { maxMessageBytes } = context.limits;
  if (!accepts.json && !accepts.events) {
    const text = "Answers are application/json or text/event-stream: accept both";
    return refusal(406, faceErrorCodes.refused, text);
  }
  if (!isJsonType(headerOf(request, "content-type"))) {
    return refusal(415, faceErrorCodes.refused, "The body must be application/json");
  }
  const body = await readBody(request, maxMessageBytes);
  if (body.kind === "gone") return undefined;
  // A session opened from now on would never be closed.
  if (context.sessions.isClosed) return shuttingDown();
  if (body.kind === "too_large") {
    const why = `has more than ${maxMessageBytes} bytes, which is more than max_message_bytes allows`;
    void body.envelope.then((envelope) => settleBroken(exchange, envelope, { why: `it ${why}`, context }));
    return refusal(413, faceErrorCodes.invalidRequest, `This message ${why}`);
  }
  const message = scanMessage(body.bytes);
  const found = classifyPost(message, request);
  if (found.era === "refused") return found.refusal;
  if (found.era === "modern" && (message.kind === "request" || message.kind === "notification")) {
    return postModern({ ...exchange, message }, found.envelope, context);
  }
  return postLegacy({ ...exchange, message }, context);
}

function shuttingDown(): Refusal {
  const refused = refusal(503, faceErrorCodes.refused, "The gateway is shutting down");
  return { ...refused, headers: { connection: "close" } };
}

/** Fills in the defaults. */
export function resolveLimits(limits: Partial<HttpFaceLimits> | undefined): HttpFaceLimits {
  return { ...defaultHttpFaceLimits, ...limits };
}
