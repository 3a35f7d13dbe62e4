import type { IncomingMessage, ServerResponse } from "node:http";

/** What a page may send beside what every page may. */
const allowedHeader = /^(?:accept|authorization|content-type|last-event-id|mcp-[a-z0-9-]+)$/;

/** Lets the page of an allowed origin read the answer. */
export function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader(
    "access-control-expose-headers",
    "mcp-session-id, mcp-protocol-version, www-authenticate",
  );
  response.setHeader("vary", "origin");
}

/** Answers a browser that asks what a page of an allowed origin may send. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  const asked = request.headers["access-control-request-headers"] ?? "";
  const wanted = asked.split(",").map((name) => name.trim().toLowerCase());
  response.setHeader("access-control-allow-methods", "GET, POST, DELETE");
  response.setHeader(
    "access-control-allow-headers",
    wanted.filter((name) => allowedHeader.test(name)).join(", "),
  );
  response.setHeader("access-control-max-age", "600");
  if (request.headers["access-control-request-private-network"] === "true") {
    response.setHeader("access-control-allow-private-network", "true");
  }
  response.writeHead(204).end();
}
