import type { Fetch, FetchInit } from "@fairlead/core";
import { type BearerChallenge, bearerChallenge } from "../challenge/bearer-challenge.js";
import { discoveryDeadlineMs } from "./find-document.js";

/** Whom to ask. */
export interface ProbeOptions {
  readonly serverUrl: string;
  readonly fetch: Fetch;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a server without a token, to see its challenge. It is a GET, which changes nothing anywhere; a server that answers with
 * an event stream is let go of at once. Many servers know no GET and say so to everybody, so those that let it pass are asked
 * for their tools, which changes nothing either. A failure counts as no challenge: discovery then meets it again and tells it.
 */
export async function probeChallenge(options: ProbeOptions): Promise<BearerChallenge | undefined> {
  const deadline = AbortSignal.timeout(discoveryDeadlineMs);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
  try {
    const toGet = await ask(options, { headers: { accept: "text/event-stream" }, signal });
    if (isRefusal(toGet)) return bearerChallenge(toGet.headers);
    if (toGet.status >= 300 && toGet.status < 400) return undefined;
    const toCall = await ask(options, { ...plainCall, signal });
    return isRefusal(toCall) ? bearerChallenge(toCall.headers) : undefined;
  } catch {
    return undefined;
  }
}

/** A call without what servers want beside a token: one that lets everybody in refuses it, or says what it has. */
const plainCall = {
  method: "POST",
  headers: { accept: "application/json, text/event-stream", "content-type": "application/json" },
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
};

async function ask({ serverUrl, fetch }: ProbeOptions, init: FetchInit): Promise<Response> {
  const policy = { deadlineMs: discoveryDeadlineMs };
  const response = await fetch(serverUrl, { ...init, redirect: "manual", policy });
  await response.body?.cancel();
  return response;
}

function isRefusal({ status }: Response): boolean {
  return status === 401 || status === 403;
}
