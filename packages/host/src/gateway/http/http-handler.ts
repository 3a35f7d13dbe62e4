import type { IncomingMessage, ServerResponse } from "node:http";
import { toFairleadError } from "@fairlead/core";
import { scanMessage } from "@fairlead/mcp";
import { isJsonType, readAcceptedTypes } from "./accepted-types.js";
import { type AddressRules, isAllowedHost, isAllowedOrigin } from "./check-address.js";
import { createBearerCheck } from "./check-bearer.js";
import { classifyPost } from "./classify-post.js";
import { allowOrigin, answerPreflight } from "./cors.js";
import { type Exchange, type FaceContext, headerOf } from "./face-context.js";
import {
  defaultHttpFaceLimits,
  type HttpFaceLimits,
  type HttpFaceOptions,
  type HttpSessionFacts,
} from "./http-face.js";
import { deleteLegacy, getLegacy, postLegacy } from "./legacy-face.js";
import { postModern } from "./modern-face.js";
import { OpenStreams } from "./open-streams.js";
import { readBody } from "./read-body.js";
import { faceErrorCodes, type Refusal, refusal, refuse } from "./refuse.js";
import { rememberLast } from "./remember-last.js";
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
    const admitted = closing === undefined ? gate(request, response) : shuttingDown();
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

/** Lets requests in, refuses them, or answers them itself. */
type Gate = (request: IncomingMessage, response: ServerResponse) => Exchange | Refusal | "answered";

function createGate(options: HttpFaceOptions, host: string): Gate {
  const { allowedHosts = [], allowedOrigins = [], auth } = options;
  const rules: AddressRules = { host, allowedHosts, allowedOrigins };
  const checkBearer = createBearerCheck(auth);
  return (request, response) => {
    const path = pathOf(request.url ?? "/");
    if (path === "/health") return answerHealth(request, response);
    if (!isAllowedHost(request, rules)) {
      const text =
        "The Host header names no host of this gateway: add the name to its allowed hosts if it is right";
      return refusal(403, faceErrorCodes.refused, text);
    }
    const { origin } = request.headers;
    if (origin !== undefined) {
      if (!isAllowedOrigin(origin, rules)) {
        return refusal(403, faceErrorCodes.refused, "Pages of this origin may not come in");
      }
      allowOrigin(response, origin);
      if (request.method === "OPTIONS") {
        answerPreflight(request, response);
        return "answered";
      }
    }
    const endpoint = endpointOf(path);
    if (endpoint === undefined) return notFound();
    const bearer = checkBearer(request.headers.authorization);
    if (bearer.kind === "refused") {
      const challenge = { "www-authenticate": bearer.challenge };
      return { ...refusal(401, faceErrorCodes.refused, bearer.text), headers: challenge };
    }
    const { server } = endpoint;
    if (server !== undefined && !options.serverNames().includes(server)) return notFound();
    const accepts = readAcceptedTypes(headerOf(request, "accept"));
    return { request, response, principal: bearer.principal, server, accepts };
  };
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
  if (body.kind === "too_large") {
    const text = `This message has more than ${maxMessageBytes} bytes, which is more than max_message_bytes allows`;
    return refusal(413, faceErrorCodes.invalidRequest, text);
  }
  const message = scanMessage(body.bytes);
  const found = classifyPost(message, request);
  if (found.era === "refused") return found.refusal;
  if (found.era === "modern" && (message.kind === "request" || message.kind === "notification")) {
    return postModern({ ...exchange, message }, found.envelope, context);
  }
  return postLegacy({ ...exchange, message }, context);
}

function answerHealth(request: IncomingMessage, response: ServerResponse): Refusal | "answered" {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return {
      ...refusal(405, faceErrorCodes.refused, "Only GET is served here"),
      headers: { allow: "GET, HEAD" },
    };
  }
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  response.end('{"status":"ok"}');
  return "answered";
}

const pathOf = rememberLast((url: string) =>
  URL.canParse(url, "http://face") ? new URL(url, "http://face").pathname : undefined,
);

function endpointOf(path: string | undefined): { readonly server: string | undefined } | undefined {
  if (path === "/mcp" || path === "/mcp/") return { server: undefined };
  // A server's name needs no encoding in a path.
  const name = /^\/mcp\/([A-Za-z0-9_-]+)\/?$/.exec(path ?? "")?.[1];
  return name === undefined ? undefined : { server: name };
}

function notFound(): Refusal {
  return refusal(
    404,
    faceErrorCodes.refused,
    "There is nothing here: the endpoints are /mcp and /mcp/SERVER",
  );
}

function shuttingDown(): Refusal {
  const refused = refusal(503, faceErrorCodes.refused, "The gateway is shutting down");
  return { ...refused, headers: { connection: "close" } };
}

/** Fills in the defaults. */
export function resolveLimits(limits: Partial<HttpFaceLimits> | undefined): HttpFaceLimits {
  return { ...defaultHttpFaceLimits, ...limits };
}
