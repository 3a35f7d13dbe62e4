import { setMaxListeners } from "node:events";
import { FairleadError, type Fetch, type FetchInit } from "@fairlead/core";
import type { EnvironmentValues } from "../environment/build-environment.js";
import { type ConnectionPool, createConnectionPool } from "./connection-pool.js";
import { createDestinationPolicy, type DestinationRules } from "./destination-policy.js";
import { followRedirects } from "./follow-redirects.js";
import { type LookUp, lookUpHere } from "./open-connection.js";
import { describeRequest, toOutgoingRequest } from "./outgoing-request.js";
import { chooseProxy } from "./proxy-choice.js";
import { watchRequest } from "./request-watch.js";
import { sendRequest } from "./send-request.js";
import { toResponse } from "./to-response.js";
import { createTrustStore } from "./trust-store.js";

/** HTTP from this machine, with connections that are kept for the next request. Whoever made it closes it. */
export interface HttpClient extends AsyncDisposable {
  readonly fetch: Fetch;
  /** Breaks off what is under way (`canceled`) and closes every socket. */
  close(): Promise<void>;
}

/** What an HTTP client may reach, and how. */
export interface HttpClientOptions {
  /**
   * Where proxies and header values are read from, at each request, and the files with extra certificate authorities
   * (SSL_CERT_FILE, NODE_EXTRA_CA_CERTS), at the first https request.
   * @default the environment of this process
   */
  readonly environment?: EnvironmentValues | undefined;
  /** Which destinations requests may go to, also by redirects. @default all but link-local and metadata addresses */
  readonly destinations?: DestinationRules | undefined;
  /** For name, TCP, proxy and TLS of a new connection together. @default 10,000, because nobody waits longer for a dead host */
  readonly connectTimeoutMs?: number | undefined;
  /** Bytes of an answer's head above which it is refused. @default 64 KiB, four times what servers send */
  readonly maxHeadBytes?: number | undefined;
  /** PEM text of certificate authorities that are trusted beside Node's own. */
  readonly ca?: string | undefined;
  /** A PEM file with such. @default none */
  readonly caFile?: string | undefined;
  /** How names are looked up. @default as every program of this machine does */
  readonly lookUp?: LookUp | undefined;
}

/**
 * Makes an HTTP client of this machine, HTTP/1.1 on every connection.
 *
 * Bodies stream both ways and are read only as fast as they are taken: whoever gets a response reads its body or cancels it.
 * Nothing ends a quiet answer but the limits of its request. Compressed answers are decompressed, but none is asked for.
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const environment = options.environment ?? process.env;
  const pool = createConnectionPool({
    destinations: createDestinationPolicy(options.destinations),
    trust: createTrustStore({ ca: options.ca, caFile: options.caFile }, environment),
    lookUp: options.lookUp ?? lookUpHere,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    maxHeadBytes: options.maxHeadBytes ?? 64 * 1024,
  });
  const closing = new AbortController();
  // One listener per request under way is no leak.
  setMaxListeners(0, closing.signal);
  const close = (): Promise<void> => {
    closing.abort(new FairleadError("canceled", "The HTTP client was closed"));
    return pool.close();
  };
  return {
    fetch: (url, init = {}) => fetchOnce({ url, init }, { environment, pool, closing: closing.signal }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface ClientParts {
  readonly environment: EnvironmentValues;
  readonly pool: ConnectionPool;
  readonly closing: AbortSignal;
}

async function fetchOnce(
  { url, init }: { url: string | URL; init: FetchInit },
  { environment, pool, closing }: ClientParts,
): Promise<Response> {
  const { policy, signal } = init;
  const first = await toOutgoingRequest(url, init, environment);
  const what = describeRequest(first);
  const watch = watchRequest({ what, policy, signals: signal == null ? [closing] : [closing, signal] });
  const maxBytes = policy?.maxResponseBytes;
  try {
    const followed = await followRedirects(first, {
      what,
      mode: init.redirect ?? "follow",
      async send(request) {
        const proxy = policy?.proxy === "none" ? undefined : chooseProxy(request.url, environment);
        return sendRequest(request, pool, { watch, proxy, maxBytes });
      },
    });
    const response = toResponse(followed, { what, maxBytes });
    void followed.answer.ended.then(() => watch.end());
    return response;
  } catch (error) {
    watch.end();
    throw error;
  }
}
