import { FairleadError, type FetchPolicy } from "@fairlead/core";
import type { HttpRedirect } from "../gen/fairlead/executor/v1/HttpRedirect.js";
import type {
  HttpRequestHead,
  HttpRequestHead__Output,
} from "../gen/fairlead/executor/v1/HttpRequestHead.js";

/** What an HTTP request can do with a redirect, as WHATWG names it. */
export type RedirectMode = "follow" | "manual" | "error";

/** An HTTP request without its body, as both ends of the wire know it. */
export interface HttpRequestSpec {
  readonly method: string;
  readonly url: string;
  /** In order; a name may come again. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly redirect: RedirectMode;
  readonly policy: FetchPolicy;
  readonly hasBody: boolean;
  /** Where it is known before. */
  readonly bodyBytes?: number | undefined;
  /** Bytes of the response body that may be under way, unread. */
  readonly responseWindowBytes: number;
}

/** Headers of one request; servers take about a hundred. */
const mostHeaders = 512;
/** Method, URL, names and values together; servers take 8 to 64 KiB. */
const mostHeadBytes = 256 * 1024;

/** A request's head for the wire. @throws FairleadError `resource_exhausted` for one that is too large */
export function toHttpRequestHead(spec: HttpRequestSpec): HttpRequestHead {
  const { policy } = spec;
  const head: HttpRequestHead = {
    method: spec.method,
    url: spec.url,
    headers: spec.headers.map(([name, value]) => ({ name, value })),
    headersFromEnv: (policy.headersFromEnv ?? []).map(({ header, name, prefix, required = false }) => ({
      header,
      name,
      required,
      ...(prefix === undefined ? {} : { prefix }),
    })),
    redirect: toRedirect[spec.redirect],
    proxy: policy.proxy === "none" ? "HTTP_PROXY_NONE" : "HTTP_PROXY_ENVIRONMENT",
    hasBody: spec.hasBody,
    responseWindowBytes: spec.responseWindowBytes,
    ...(spec.bodyBytes === undefined ? {} : { bodyBytes: spec.bodyBytes }),
    ...(policy.deadlineMs === undefined ? {} : { deadlineMs: wholeNumber(policy.deadlineMs) }),
    ...(policy.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: wholeNumber(policy.idleTimeoutMs) }),
    ...(policy.maxResponseBytes === undefined
      ? {}
      : { maxResponseBytes: wholeNumber(policy.maxResponseBytes) }),
  };
  checkSize(spec);
  return head;
}

/**
 * A request's head from the wire. What it says about method, URL and headers is for the HTTP client to judge.
 * @throws FairleadError `resource_exhausted` for one that is too large, `protocol` for a choice that nobody knows
 */
export function fromHttpRequestHead(message: HttpRequestHead__Output): HttpRequestSpec {
  const redirect = fromRedirect[message.redirect] as RedirectMode | undefined;
  const proxy = fromProxy[message.proxy] as FetchPolicy["proxy"];
  if (redirect === undefined || proxy === undefined) {
    throw new FairleadError(
      "protocol",
      `This executor knows no redirect mode ${message.redirect} with proxy mode ${message.proxy}. Update it.`,
      { reason: "frame_invalid", effect: "none" },
    );
  }
  const spec: HttpRequestSpec = {
    method: message.method,
    url: message.url,
    headers: message.headers.map(({ name, value }) => [name, value] as const),
    redirect,
    policy: {
      deadlineMs: message.deadlineMs,
      idleTimeoutMs: message.idleTimeoutMs,
      maxResponseBytes: message.maxResponseBytes,
      headersFromEnv: message.headersFromEnv.map(({ header, name, prefix, required }) => ({
        header,
        name,
        prefix,
        required,
      })),
      proxy,
    },
    hasBody: message.hasBody,
    bodyBytes: message.bodyBytes,
    responseWindowBytes: message.responseWindowBytes,
  };
  checkSize(spec);
  return spec;
}

const toRedirect = {
  follow: "HTTP_REDIRECT_FOLLOW",
  manual: "HTTP_REDIRECT_MANUAL",
  error: "HTTP_REDIRECT_ERROR",
} as const satisfies Record<RedirectMode, HttpRedirect>;

const fromRedirect = {
  HTTP_REDIRECT_FOLLOW: "follow",
  HTTP_REDIRECT_MANUAL: "manual",
  HTTP_REDIRECT_ERROR: "error",
} as const;

const fromProxy = { HTTP_PROXY_ENVIRONMENT: "environment", HTTP_PROXY_NONE: "none" } as const;

function wholeNumber(value: number): number {
  return Math.min(Math.max(0, Math.ceil(value)), Number.MAX_SAFE_INTEGER);
}

function checkSize({ method, url, headers, policy: { headersFromEnv = [] } }: HttpRequestSpec): void {
  const count = headers.length + headersFromEnv.length;
  if (count > mostHeaders) throw tooMuch(`A request may have ${mostHeaders} headers`, count, mostHeaders);
  const texts = [
    method,
    url,
    ...headers.flat(),
    ...headersFromEnv.flatMap(({ header, name, prefix = "" }) => [header, name, prefix]),
  ];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > mostHeadBytes)
    throw tooMuch(`The URL and headers of a request may take ${mostHeadBytes} bytes`, bytes, mostHeadBytes);
}

function tooMuch(what: string, found: number, limit: number): FairleadError {
  return new FairleadError("resource_exhausted", `${what}; this one has ${found}`, {
    reason: "limit_reached",
    effect: "none",
    details: { limit, found },
  });
}
