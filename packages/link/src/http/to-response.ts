import { FairleadError } from "@fairlead/core";
import type { HttpResponseFrame__Output } from "@fairlead/wire";

/**
 * Makes a `Response` that says where it came from, which no constructor can.
 * @throws FairleadError `protocol`, reason `response_invalid`, for what no `Response` can hold
 */
export function toResponse(
  head: NonNullable<HttpResponseFrame__Output["head"]>,
  body: ReadableStream<Uint8Array>,
): Response {
  const { status, statusText, url, redirected } = head;
  try {
    const headers = head.headers.map(({ name, value }): [string, string] => [name, value]);
    const response = new Response(head.hasBody ? body : null, { status, statusText, headers });
    Object.defineProperty(response, "url", { value: url });
    Object.defineProperty(response, "redirected", { value: redirected });
    return response;
  } catch {
    // Without the cause: it quotes the value of a header, which may be a secret.
    throw new FairleadError(
      "protocol",
      `${placeOf(url)} answered with something that is not HTTP (status ${status})`,
      { reason: "response_invalid" },
    );
  }
}

/** A URL without what may be a secret: its query and its user. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return "The server";
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
