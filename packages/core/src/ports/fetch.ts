/**
 * Makes HTTP requests from one place: this machine, or the network of an executor. It has the shape of WHATWG's `fetch`, so
 * that whoever takes a `fetch` takes this one, and rejects with {@link FairleadError} instead of `TypeError`:
 *
 * - `usage` `url_invalid`, `argument_invalid`: the request cannot be made as it is given
 * - `forbidden` `policy_denied`: the destination is refused, also one that a redirect or a name led to
 * - `unavailable` `dns_failed`, `connect_failed`, `tls_failed`, `proxy_failed`: nothing was sent (effect `none`)
 * - `unavailable` `connection_reset`: the peer, or the link to the executor, broke off before the answer was whole
 * - `protocol` `response_invalid`, `redirect_failed`: the answer is not HTTP, or redirects lead nowhere
 * - `deadline_exceeded`: `deadlineMs` or `idleTimeoutMs` passed (`details.limit` says which)
 * - `resource_exhausted` `response_too_large`, `limit_reached`
 * - `canceled`: the signal was aborted
 *
 * A response body fails with the same errors. Aborting the signal, or cancelling the body, closes the socket.
 */
export type Fetch = (url: string | URL, init?: FetchInit) => Promise<Response>;

/** A request, as WHATWG has it, and what only a request that may leave from elsewhere needs. */
export interface FetchInit extends RequestInit {
  readonly policy?: FetchPolicy | undefined;
}

/** What holds for one request beside its WHATWG members. */
export interface FetchPolicy {
  /** Milliseconds for everything, from the look-up of the name to the last byte of the body. @default none */
  readonly deadlineMs?: number | undefined;
  /** Milliseconds in which neither the head nor a byte of the body came. @default none: event streams may be quiet for hours */
  readonly idleTimeoutMs?: number | undefined;
  /** Bytes of the body, as it is on the wire before decompression and after it, above which it fails. @default none */
  readonly maxResponseBytes?: number | undefined;
  /** Headers whose values are read where the request leaves, each time; their values never travel. */
  readonly headersFromEnv?: readonly HeaderFromEnv[] | undefined;
  /** @default "environment": as HTTP_PROXY, HTTPS_PROXY and NO_PROXY say there; loopback never goes through a proxy */
  readonly proxy?: "environment" | "none" | undefined;
}

/** A header whose value is an environment variable of the machine where the request leaves. */
export interface HeaderFromEnv {
  readonly header: string;
  /** The variable. One that is unset or blank leaves the header out, unless it is required. */
  readonly name: string;
  /** Put before the value, for example `Bearer `; a value that begins with it already, in any case, gets it once. */
  readonly prefix?: string | undefined;
  /** Fails the request with `usage` `argument_invalid` where the variable is unset or blank. @default false */
  readonly required?: boolean | undefined;
}
