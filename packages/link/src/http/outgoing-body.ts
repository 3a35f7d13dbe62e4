import { FairleadError, type FetchInit } from "@fairlead/core";

/** A request body as it is sent. */
export interface OutgoingBody {
  /** All of it, or what it is read from. */
  readonly content: Uint8Array | ReadableStream<unknown>;
  /** Where the body itself says what it is. */
  readonly contentType: string | undefined;
}

/**
 * Makes a body of whatever `fetch` takes.
 * @throws FairleadError `usage` for a stream that was read already, or something that is no body
 */
export function toOutgoingBody(body: FetchInit["body"]): OutgoingBody | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string")
    return { content: Buffer.from(body), contentType: "text/plain;charset=UTF-8" };
  if (body instanceof URLSearchParams) {
    const contentType = "application/x-www-form-urlencoded;charset=UTF-8";
    return { content: Buffer.from(body.toString()), contentType };
  }
  // Copied, as `fetch` does: its owner may use it again while it is still being sent.
  if (body instanceof ArrayBuffer) return { content: new Uint8Array(body.slice(0)), contentType: undefined };
  if (ArrayBuffer.isView(body)) {
    const view = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    return { content: view.slice(), contentType: undefined };
  }
  if (body instanceof ReadableStream) {
    if (body.locked) throw unusableBody("it is being read by somebody else");
    return { content: body, contentType: undefined };
  }
  return encoded(body);
}

/** Forms, blobs and iterables are read as `Response` reads them. */
function encoded(body: NonNullable<FetchInit["body"]>): OutgoingBody {
  try {
    const response = new Response(body);
    const content = response.body ?? new Uint8Array();
    return { content, contentType: response.headers.get("content-type") ?? undefined };
  } catch (cause) {
    throw unusableBody("it is nothing that can be sent", cause);
  }
}

/** The failure of a body that cannot be sent, before anything was. */
export function unusableBody(why: string, cause?: unknown): FairleadError {
  return new FairleadError("usage", `The body of the request cannot be used: ${why}`, {
    cause,
    reason: "argument_invalid",
    effect: "none",
  });
}
