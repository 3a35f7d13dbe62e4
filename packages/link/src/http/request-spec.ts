import { FairleadError, type FetchInit } from "@fairlead/core";
import type { HttpRequestSpec } from "@fairlead/wire";
import { type OutgoingBody, toOutgoingBody } from "./outgoing-body.js";

/** A request, ready to be sent. */
export interface OutgoingRequest {
  readonly spec: Omit<HttpRequestSpec, "responseWindowBytes">;
  readonly body: OutgoingBody | undefined;
}

/**
 * Takes a `fetch` call apart. What only the place where it leaves can judge, as its URL, is left to that.
 * @throws FairleadError `usage`, effect `none`
 */
export function toOutgoingRequest(url: string | URL, init: FetchInit): OutgoingRequest {
  const { method = "GET", redirect = "follow", policy = {} } = init;
  const body = toOutgoingBody(init.body);
  if (body !== undefined && /^(?:GET|HEAD)$/i.test(method)) throw invalid(`A ${method} request has no body`);
  const headers = readHeaders(init.headers);
  if (body?.contentType !== undefined && !headers.has("content-type"))
    headers.set("content-type", body.contentType);
  const bodyBytes = body?.content instanceof Uint8Array ? body.content.length : undefined;
  return {
    body,
    spec: {
      method,
      url: String(url),
      headers: [...headers],
      redirect,
      policy,
      hasBody: body !== undefined,
      bodyBytes,
    },
  };
}

/** One by one, so that the message can name the header: its value may be a secret. */
function readHeaders(given: FetchInit["headers"]): Headers {
  const headers = new Headers();
  for (const [name, value] of pairsOf(given)) {
    try {
      headers.append(name, value);
    } catch {
      throw invalid(`The header ${JSON.stringify(name)} has a name or a value that HTTP does not allow`);
    }
  }
  return headers;
}

function pairsOf(given: FetchInit["headers"]): Iterable<readonly [string, string]> {
  if (given === undefined || given === null) return [];
  const entries: Iterable<readonly unknown[]> =
    Symbol.iterator in given ? (given as Iterable<readonly unknown[]>) : Object.entries(given);
  return Array.from(entries, ([name, value]): [string, string] => [String(name), String(value)]);
}

function invalid(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}
