import type { FetchInit } from "@fairlead/core";
import type { EnvironmentValues } from "../environment/build-environment.js";
import { readEnvHeaders } from "./env-headers.js";
import { usageError } from "./http-errors.js";
import { type RequestBody, toRequestBody } from "./request-body.js";

/** One request as it goes out; a redirect makes another one of it. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: RequestBody;
}

/**
 * Checks what a caller gave and makes the request of it. Headers that describe the connection (Host, Connection,
 * Transfer-Encoding and the like) are left out, as every `fetch` does: they follow from the request.
 * @throws FairleadError `usage` with `url_invalid` or `argument_invalid`
 */
export async function toOutgoingRequest(
  url: string | URL,
  init: FetchInit,
  environment: EnvironmentValues,
): Promise<OutgoingRequest> {
  const parsed = parseUrl(url);
  const method = checkMethod(init.method ?? "GET");
  const body = await toRequestBody(init.body);
  if (body.kind !== "none" && (method === "GET" || method === "HEAD")) {
    throw usageError("argument_invalid", `A ${method} request cannot have a body. Use another method`);
  }
  const headers = new Headers();
  for (const [name, value] of headerEntries(init.headers)) setHeader(headers, "append", name, value);
  for (const [name, value] of readEnvHeaders(init.policy?.headersFromEnv ?? [], environment)) {
    setHeader(headers, "set", name, value);
  }
  for (const name of connectionHeaders) headers.delete(name);
  // Of bytes the length is known; of a stream the caller may know it.
  if (body.kind !== "stream") headers.delete("content-length");
  if (body.kind === "bytes" && body.contentType !== undefined && !headers.has("content-type")) {
    headers.set("content-type", body.contentType);
  }
  for (const [name, value] of defaultHeaders) if (!headers.has(name)) headers.set(name, value);
  return { method, url: parsed, headers, body };
}

/** A request for people: without query and fragment, which may hold secrets. */
export function describeRequest({ method, url }: Pick<OutgoingRequest, "method" | "url">): string {
  return `${method} ${url.origin}${url.pathname}`;
}

const connectionHeaders = [
  "host",
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
];

const defaultHeaders = [
  ["accept", "*/*"],
  ["user-agent", "fairlead"],
] as const;

function parseUrl(url: string | URL): URL {
  const text = String(url);
  if (!URL.canParse(text)) {
    throw usageError(
      "url_invalid",
      `The URL ${quoteUrl(text)} is not valid. Give one like https://host/path`,
    );
  }
  const parsed = new URL(text);
  parsed.hash = "";
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    throw usageError("url_invalid", `The URL ${quoteUrl(text)} is neither http nor https. Give one that is`);
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw usageError(
      "url_invalid",
      `The URL of ${parsed.host} holds a user name or password, which does not belong there. Send them in a header`,
    );
  }
  return parsed;
}

/** Without what may be secret: user, password, query and fragment. */
function quoteUrl(text: string): string {
  // A password may hold any character, so that nothing but the scheme is certain to be none of it.
  if (text.includes("@")) return JSON.stringify(`${/^[a-z]+:\/\//i.exec(text)?.[0] ?? ""}...`);
  const [bare = ""] = text.split(/[?#]/);
  return JSON.stringify(bare);
}

/** Upper case for the methods that everybody writes either way. */
function checkMethod(method: string): string {
  if (/^(?:get|head|post|put|delete|options)$/i.test(method)) return method.toUpperCase();
  if (/^(?:connect|trace|track)$/i.test(method) || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) {
    throw usageError(
      "argument_invalid",
      `The method ${JSON.stringify(method)} cannot be used. Use GET or POST`,
    );
  }
  return method;
}

/** A header is told by its name: the value may be a secret, and so may what the platform says about it. */
function setHeader(headers: Headers, how: "append" | "set", name: string, value: string): void {
  try {
    headers[how](name, value);
  } catch {
    throw usageError(
      "argument_invalid",
      `The header ${JSON.stringify(name)} cannot be sent: its name or value holds characters that headers do not allow`,
      { header: name },
    );
  }
}

function headerEntries(headers: FetchInit["headers"]): readonly (readonly [string, string])[] {
  if (headers === undefined) return [];
  const entries = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return entries.flatMap(([name, value]): [string, string][] =>
    name === undefined || value === undefined ? [] : [[name, String(value)]],
  );
}
