import { once } from "node:events";
import { type IncomingMessage, request as startRequest } from "node:http";
import { pipeline } from "node:stream/promises";
import type { FrontHandler } from "./http-front.js";
import { isAbort } from "./is-abort.js";

/**
 * Makes a handler that hands requests on to another server and streams its answers back. A reader that leaves is noticed
 * there too.
 * @param origin for example `http://127.0.0.1:8080`
 */
export function forwardTo(origin: string): FrontHandler {
  return async (request, response) => {
    const upstream = startRequest(new URL(request.path, origin), {
      method: request.method,
      headers: { ...request.headers, host: new URL(origin).host },
      agent: false,
    });
    response.once("close", () => upstream.destroy());
    // Before the answer `once` rejects; after it there is nobody left who could be told.
    upstream.on("error", () => response.headersSent && response.destroy());
    upstream.end(request.body);
    const [answer] = (await once(upstream, "response")) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutHopByHop(answer.rawHeaders));
    response.flushHeaders();
    try {
      await pipeline(answer, response);
    } catch (error) {
      if (!isAbort(error)) throw error;
      response.destroy();
    }
  };
}

const hopByHop: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding"]);

function withoutHopByHop(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => {
    const name = rawHeaders[index - (index % 2)] ?? "";
    return !hopByHop.has(name.toLowerCase());
  });
}
