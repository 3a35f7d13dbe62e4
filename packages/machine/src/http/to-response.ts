import type { ReadableStream } from "node:stream/web";
import { decodeBody } from "./decode-body.js";
import type { FollowedAnswer } from "./follow-redirects.js";

/** What the answer alone does not say. */
export interface ResponseOptions {
  /** The request, for people. */
  readonly what: string;
  /** Bytes after decompression above which the body fails. */
  readonly maxBytes: number | undefined;
}

/**
 * Gives an answer as a `Response`, decompressed. Content-Encoding and Content-Length of a body that was decompressed are left
 * out: they would describe bytes that the reader does not get.
 */
export function toResponse(
  { answer, request, redirected }: FollowedAnswer,
  { what, maxBytes }: ResponseOptions,
): Response {
  const { status, statusText, headers } = answer;
  if (request.method === "HEAD" || bodilessStatuses.has(status)) {
    // There is nothing to wait for; a server that sends a body all the same is cut off.
    if (status === 205) answer.stop();
    return withOrigin(new Response(null, { status, statusText, headers }), {
      url: request.url.href,
      redirected,
    });
  }
  const encoding = headers.get("content-encoding");
  const decoded = decodeBody({ stream: answer.body, encoding, what, maxBytes, stop: answer.stop });
  if (decoded !== undefined) {
    headers.delete("content-encoding");
    headers.delete("content-length");
  }
  const body: ReadableStream<Uint8Array> = decoded ?? answer.body;
  return withOrigin(new Response(body, { status, statusText, headers }), {
    url: request.url.href,
    redirected,
  });
}

const bodilessStatuses: ReadonlySet<number> = new Set([204, 205, 304]);

/** A `Response` that somebody made knows neither; one of a request does, and so do its clones. */
function withOrigin(response: Response, origin: { url: string; redirected: boolean }): Response {
  return Object.defineProperties(response, {
    url: { value: origin.url },
    redirected: { value: origin.redirected },
    clone: { value: () => withOrigin(Response.prototype.clone.call(response), origin) },
  });
}
