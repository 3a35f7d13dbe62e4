import type { FairleadError, FetchInit } from "@fairlead/core";
import type { Answer } from "./exchange.js";
import { exchangeError, withUnknownEffect } from "./http-errors.js";
import type { OutgoingRequest } from "./outgoing-request.js";

/** The last answer of a chain of redirects. */
export interface FollowedAnswer {
  readonly answer: Answer;
  /** The request that it answers. */
  readonly request: OutgoingRequest;
  readonly redirected: boolean;
}

/** How redirects are followed. */
export interface RedirectOptions {
  /** The first request, for people. */
  readonly what: string;
  /** `manual` gives the redirect itself, `error` fails on it. */
  readonly mode: NonNullable<FetchInit["redirect"]>;
  readonly send: (request: OutgoingRequest) => Promise<Answer>;
}

/**
 * Sends a request and follows its redirects, at most ten. To another origin go only headers that say nothing about the caller;
 * a body is sent again where the status asks for that.
 * @throws FairleadError `protocol`/`redirect_failed`, and whatever `send` throws
 */
export async function followRedirects(
  first: OutgoingRequest,
  { what, mode, send }: RedirectOptions,
): Promise<FollowedAnswer> {
  let request = first;
  let answer = await send(request);
  for (let hops = 0; ; hops += 1) {
    const location = redirectStatuses.has(answer.status) ? answer.headers.get("location") : null;
    if (location === null || mode === "manual") return { answer, request, redirected: hops > 0 };
    // The body of a redirect is a page for people; the next request has a connection of its own.
    answer.stop();
    if (mode === "error") throw redirectError(`${what} was redirected, which was not wanted`, answer.status);
    if (hops === maxRedirects) {
      throw redirectError(`${what} was redirected more than ${maxRedirects} times`, answer.status);
    }
    request = redirect(request, answer.status, targetOf(request.url, location, what));
    answer = await send(request).catch((error: unknown) => {
      throw withUnknownEffect(error);
    });
  }
}

const maxRedirects = 10;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What another origin may see: no credential, session or cookie can hide in these. */
const harmlessHeaders: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "content-encoding",
  "content-language",
  "content-type",
  "mcp-protocol-version",
  "user-agent",
]);

const bodyHeaders = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-type",
];

function redirect(request: OutgoingRequest, status: number, url: URL): OutgoingRequest {
  const headers = new Headers(request.headers);
  if (url.origin !== request.url.origin) {
    for (const name of request.headers.keys()) if (!harmlessHeaders.has(name)) headers.delete(name);
  }
  const becomesGet =
    (status === 303 && request.method !== "HEAD" && request.method !== "GET") ||
    (status < 303 && request.method === "POST");
  if (becomesGet) {
    for (const name of bodyHeaders) headers.delete(name);
    return { method: "GET", url, headers, body: { kind: "none" } };
  }
  if (request.body.kind === "stream") {
    throw redirectError(
      `${request.method} ${request.url.origin}${request.url.pathname} was redirected, but its body is a stream that cannot be sent again`,
      status,
    );
  }
  return { ...request, url, headers };
}

function targetOf(from: URL, location: string, what: string): URL {
  if (!URL.canParse(location, from.href)) throw badTarget(what, "to something that is not a URL");
  const url = new URL(location, from);
  url.hash = "";
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw badTarget(what, `to the scheme ${url.protocol.slice(0, -1)}`, {
      scheme: url.protocol.slice(0, -1),
    });
  }
  if (url.username !== "" || url.password !== "")
    throw badTarget(what, "to a URL with a user name or password");
  return url;
}

function badTarget(
  what: string,
  where: string,
  details: Readonly<Record<string, string>> = {},
): FairleadError {
  return exchangeError(
    ["protocol", "redirect_failed"],
    `${what} was redirected ${where}, which is not followed. Use the URL that the server means`,
    { details },
  );
}

function redirectError(problem: string, status: number): FairleadError {
  return exchangeError(
    ["protocol", "redirect_failed"],
    `${problem}. Use the URL that the server redirects to`,
    {
      details: { status },
    },
  );
}
