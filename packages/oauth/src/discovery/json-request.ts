import { canceledError, FairleadError, type Fetch, isFairleadError } from "@fairlead/core";
import { checkedEndpoint, withoutQuery } from "./url-rules.js";

/** One request whose answer is a small JSON document. */
export interface JsonRequest {
  readonly url: URL;
  /** @default "GET" */
  readonly method?: "GET" | "POST" | "DELETE" | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** Milliseconds for everything. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** For redirects: the URL of the server, whose rules {@link checkedEndpoint} has. Without it none is followed. */
  readonly followFor?: string | undefined;
}

/** What came back. */
export interface JsonAnswer {
  readonly status: number;
  /** The body as it came. */
  readonly text: string;
  /** The document; undefined: the body is not JSON. */
  readonly body: unknown;
}

/** The longest document that is read: real metadata has a few KiB. */
export const maxDocumentBytes = 256 * 1024;

/** How many redirects of a document are followed. */
const maxRedirects = 3;

/**
 * Makes a request and reads its answer as JSON, whatever its content type says: metadata is often a static file, which web
 * servers call text or bytes. Every status is an answer.
 * @throws FairleadError whatever the {@link Fetch} rejects with; `deadline_exceeded`; `resource_exhausted` `response_too_large`
 */
export async function requestJson(fetch: Fetch, request: JsonRequest): Promise<JsonAnswer> {
  const what = `${request.method ?? "GET"} ${withoutQuery(request.url.href)}`;
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(request.signal?.reason);
  if (request.signal?.aborted === true) throw canceledError(request.signal, what);
  request.signal?.addEventListener("abort", onAbort, { once: true });
  // The port keeps the deadline itself, a WHATWG fetch that stands in for it does not.
  const timer = setTimeout(() => controller.abort(tooLate(what, request.deadlineMs)), request.deadlineMs);
  try {
    return await exchange(fetch, request, controller.signal);
  } catch (error) {
    if (controller.signal.aborted) throw canceledError(controller.signal, what);
    if (isFairleadError(error)) throw error;
    throw new FairleadError("unavailable", `${what} failed; look whether the address can be reached`, {
      cause: error,
      reason: "connection_reset",
    });
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", onAbort);
  }
}

async function exchange(fetch: Fetch, request: JsonRequest, signal: AbortSignal): Promise<JsonAnswer> {
  let { url } = request;
  for (let hops = 0; ; hops += 1) {
    const response = await fetch(url, {
      method: request.method ?? "GET",
      headers: { accept: "application/json", ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: "manual",
      signal,
      policy: { deadlineMs: request.deadlineMs, maxResponseBytes: maxDocumentBytes },
    });
    const target = redirectTarget(response, request, url);
    if (target === undefined || hops === maxRedirects) {
      const text = await readText(response, url);
      return { status: response.status, text, body: parse(text) };
    }
    await response.body?.cancel();
    url = target;
  }
}

/** By hand, so that a redirect leads nowhere that the metadata itself could not have led to. */
function redirectTarget(response: Response, request: JsonRequest, from: URL): URL | undefined {
  const location = response.headers.get("location");
  if (request.followFor === undefined || location === null) return undefined;
  if (![301, 302, 303, 307, 308].includes(response.status) || !URL.canParse(location, from.href))
    return undefined;
  return checkedEndpoint(new URL(location, from).href, { what: "redirect", serverUrl: request.followFor });
}

async function readText(response: Response, url: URL): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const chunk = await reader?.read();
    if (chunk === undefined || chunk.done) break;
    const bytes: Uint8Array = chunk.value;
    size += bytes.length;
    if (size > maxDocumentBytes) {
      await reader?.cancel();
      throw tooLarge(url);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function tooLate(what: string, deadlineMs: number): FairleadError {
  return new FairleadError("deadline_exceeded", `${what} took longer than ${deadlineMs} ms`, {
    details: { limit: "deadlineMs" },
  });
}

function tooLarge(url: URL): FairleadError {
  return new FairleadError(
    "resource_exhausted",
    `The answer of ${withoutQuery(url.href)} is longer than ${maxDocumentBytes} bytes, which no OAuth document is`,
    { reason: "response_too_large", details: { limit: maxDocumentBytes } },
  );
}
