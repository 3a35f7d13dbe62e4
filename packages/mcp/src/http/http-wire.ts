import { FairleadError, type FetchPolicy } from "@fairlead/core";
import type { EndpointHeaders, HttpEndpoint } from "./http-endpoint.js";
import { toHttpError } from "./http-failures.js";
import { dropBody } from "./response-body.js";

/** How requests reach one server. */
export interface HttpWireOptions {
  readonly endpoint: HttpEndpoint;
  /** The server's name, for messages. */
  readonly name: string;
  /** Sent with every request, over those of the configuration and ours. */
  readonly requestHeaders: Readonly<Record<string, string>>;
}

/** One request to a server. */
export interface WireRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** @default the endpoint's */
  readonly url?: string | undefined;
  /** What the protocol wants; they win over those of the configuration. */
  readonly headers: Readonly<Record<string, string>>;
  /** Those of one call; they win over all but what frames the message. */
  readonly callHeaders?: Readonly<Record<string, string>> | undefined;
  readonly body?: Buffer | undefined;
  readonly signal: AbortSignal;
}

/** The head of an answer. Whoever got it reads the body or drops it. */
export interface WireResponse {
  readonly response: Response;
  /** Where it came from in the end. */
  readonly url: string;
  /** Whether an Authorization header was sent. */
  readonly hasCredentials: boolean;
}

/** Sends requests to one server and nobody else. */
export interface HttpWire {
  /** @throws FairleadError as `Fetch` and the endpoint's headers give it, the server named; or `redirect_failed` */
  send(request: WireRequest): Promise<WireResponse>;
}

const maxRedirects = 5;
/** Statuses that let a message be sent again as it is; the others would turn a POST into a GET. */
const keepsMethod: ReadonlySet<number> = new Set([307, 308]);
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** A call's own headers must not change how its message is framed, or whose session it is in. */
const framing: ReadonlySet<string> = new Set([
  "accept",
  "connection",
  "content-length",
  "content-type",
  "host",
  "last-event-id",
  "mcp-session-id",
  "transfer-encoding",
]);

/**
 * Makes the wire to one server. Redirects are followed here, within the origin only: the headers of a server belong to it,
 * and a session that began elsewhere would not continue.
 */
export function createHttpWire(options: HttpWireOptions): HttpWire {
  const { endpoint, name } = options;

  const sendOnce = async (url: URL, request: WireRequest): Promise<WireResponse> => {
    const configured = (await endpoint.headers?.()) ?? { values: {} };
    const headers = mergeHeaders(name, [
      { "user-agent": "fairlead" },
      configured.values,
      request.headers,
      withoutFraming(options.requestHeaders),
      withoutFraming(request.callHeaders ?? {}),
    ]);
    const policy = toPolicy(endpoint, configured, headers);
    const response = await endpoint.fetch(url, {
      method: request.method,
      headers,
      signal: request.signal,
      redirect: "manual",
      ...(request.body === undefined ? {} : { body: new Uint8Array(request.body) }),
      ...(policy === undefined ? {} : { policy }),
    });
    const isFromEnv = policy?.headersFromEnv?.some(({ header }) => header.toLowerCase() === "authorization");
    return { response, url: url.href, hasCredentials: headers.has("authorization") || isFromEnv === true };
  };

  return {
    send: async (request) => {
      try {
        let url = parseUrl(request.url ?? endpoint.url, name);
        for (let hops = 0; ; hops += 1) {
          const answer = await sendOnce(url, request);
          const location = redirects.has(answer.response.status)
            ? answer.response.headers.get("location")
            : null;
          if (location === null) return answer;
          dropBody(answer.response);
          url = followed({ from: url, location, status: answer.response.status, hops }, request, name);
        }
      } catch (thrown) {
        throw toHttpError(thrown, name);
      }
    },
  };
}

function followed(
  redirect: { readonly from: URL; readonly location: string; readonly status: number; readonly hops: number },
  request: WireRequest,
  name: string,
): URL {
  const { from, location, status, hops } = redirect;
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const fail = (text: string): FairleadError =>
    new FairleadError("protocol", `Server '${name}' ${text}`, {
      reason: "redirect_failed",
      effect: "none",
      details: { server: name, status },
    });
  if (target === undefined) throw fail("redirects to something that is no URL");
  if (target.origin !== from.origin) {
    throw fail(`redirects to another origin, ${target.origin}: if that is right, put it in its url`);
  }
  if (hops >= maxRedirects) throw fail(`redirects more than ${maxRedirects} times`);
  if (request.method !== "GET" && !keepsMethod.has(status)) {
    throw fail(
      `redirects a ${request.method} to ${target.pathname} with ${status}: put that path in its url`,
    );
  }
  return target;
}

function parseUrl(url: string, name: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new FairleadError("usage", `The url of server '${name}' is not an absolute URL: correct it`, {
    reason: "url_invalid",
    effect: "none",
  });
}

function mergeHeaders(name: string, layers: readonly Readonly<Record<string, string>>[]): Headers {
  const headers = new Headers();
  for (const layer of layers) {
    for (const [header, value] of Object.entries(layer)) {
      try {
        headers.set(header, value);
      } catch {
        // The original error shows the value, which may be a secret.
        const text = `Header ${JSON.stringify(header)} of server '${name}' has a name or value that HTTP cannot carry`;
        throw new FairleadError("usage", text, { reason: "argument_invalid", effect: "none" });
      }
    }
  }
  return headers;
}

function withoutFraming(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !framing.has(name.toLowerCase())));
}

function toPolicy(
  endpoint: HttpEndpoint,
  configured: EndpointHeaders,
  headers: Headers,
): FetchPolicy | undefined {
  // What this machine already set, for one call or by the protocol, is not overwritten where the request leaves.
  const own = new Set(Object.keys(configured.values).map((header) => header.toLowerCase()));
  const headersFromEnv = configured.fromEnv?.filter(
    ({ header }) => own.has(header.toLowerCase()) || !headers.has(header),
  );
  const hasEnv = headersFromEnv !== undefined && headersFromEnv.length > 0;
  if (!hasEnv && endpoint.proxy === undefined) return undefined;
  return { ...(hasEnv ? { headersFromEnv } : {}), proxy: endpoint.proxy };
}
