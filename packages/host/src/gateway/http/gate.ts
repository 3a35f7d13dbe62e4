import type { IncomingMessage, ServerResponse } from "node:http";
import { readAcceptedTypes } from "./accepted-types.js";
import { type AddressRules, isAllowedHost, isAllowedOrigin } from "./check-address.js";
import { createBearerCheck } from "./check-bearer.js";
import { allowOrigin, answerPreflight } from "./cors.js";
import { type Exchange, headerOf } from "./face-context.js";
import type { GuardVerdict, HttpFaceOptions, HttpGuard } from "./http-face.js";
import { faceErrorCodes, type Refusal, refusal } from "./refuse.js";
import { rememberLast } from "./remember-last.js";

/** What became of a request: it is let in, refused, or was answered already. */
export type GateOutcome = Exchange | Refusal | "answered";

/** Lets requests in, refuses them, or answers them itself; at once, unless somebody else has to be asked. */
export type Gate = (request: IncomingMessage, response: ServerResponse) => GateOutcome | Promise<GateOutcome>;

const metadataPath = "/.well-known/oauth-protected-resource";

/** Makes the gate of a face. @param host what it listens on @throws FairleadError `usage` for tokens that cannot be used */
export function createGate(options: HttpFaceOptions, host: string): Gate {
  const { allowedHosts = [], allowedOrigins, auth } = options;
  const rules: AddressRules = { host, allowedHosts, allowedOrigins };
  const checkBearer = createBearerCheck(auth);
  const guard = auth.kind === "bearer" ? auth.guard : undefined;

  const letIn = (verdict: GuardVerdict, exchange: Omit<Exchange, "principal" | "untilMs">): GateOutcome => {
    // The agent may have left while somebody was asked; nobody would be told of that any more.
    if (exchange.response.destroyed) return "answered";
    if (verdict.kind === "refused") {
      const { status, headers, text } = verdict;
      return { ...refusal(status, faceErrorCodes.refused, text), headers };
    }
    const { server } = exchange;
    if (server !== undefined && !options.serverNames().includes(server)) return notFound();
    return { ...exchange, principal: verdict.principal, untilMs: verdict.untilMs };
  };

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
    if (guard !== undefined && path?.startsWith(metadataPath) === true) {
      return answerMetadata(request, response, () => guard.describe(path));
    }
    const endpoint = endpointOf(path);
    if (endpoint === undefined) return notFound();
    const { server } = endpoint;
    const accepts = readAcceptedTypes(headerOf(request, "accept"));
    const verdict = checkBearer({ authorization: request.headers.authorization, server });
    const exchange = { request, response, server, accepts };
    return verdict instanceof Promise
      ? verdict.then((settled) => letIn(settled, exchange))
      : letIn(verdict, exchange);
  };
}

function answerHealth(request: IncomingMessage, response: ServerResponse): GateOutcome {
  if (!isRead(request)) return onlyRead();
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  response.end('{"status":"ok"}');
  return "answered";
}

async function answerMetadata(
  request: IncomingMessage,
  response: ServerResponse,
  describe: () => ReturnType<HttpGuard["describe"]>,
): Promise<GateOutcome> {
  if (!isRead(request)) return onlyRead();
  const document = await describe();
  if (document === undefined) return notFound();
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(document));
  return "answered";
}

function isRead({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

function onlyRead(): Refusal {
  return {
    ...refusal(405, faceErrorCodes.refused, "Only GET is served here"),
    headers: { allow: "GET, HEAD" },
  };
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
