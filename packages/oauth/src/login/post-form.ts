import type { Fetch } from "@fairlead/core";
import { type JsonAnswer, requestJson } from "../discovery/json-request.js";
import type { ClientIdentity } from "./client-identity.js";
import { proveClient } from "./client-proof.js";

/** Milliseconds for a request to a token, registration or device endpoint: some wait for a person's directory. */
export const endpointDeadlineMs = 30_000;

/** A form for an endpoint at which the client proves itself. */
export interface FormRequest {
  readonly fetch: Fetch;
  readonly url: string;
  readonly client: ClientIdentity;
  /** The audience of a signed assertion. */
  readonly issuer: string;
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for everything. @default 30,000 */
  readonly deadlineMs?: number | undefined;
}

/**
 * Sends a form with the client's proof; redirects are answers, not followed, because it holds secrets.
 * @throws FairleadError as {@link proveClient} and {@link requestJson} do
 */
export async function postForm(request: FormRequest): Promise<JsonAnswer> {
  const { client, fetch, signal } = request;
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(request.parameters)) {
    if (value !== undefined) form.set(name, value);
  }
  const headers = {
    "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
    ...(await proveClient(form, client, request.issuer)),
  };
  return requestJson(fetch, {
    url: new URL(request.url),
    method: "POST",
    headers,
    body: form.toString(),
    deadlineMs: request.deadlineMs ?? endpointDeadlineMs,
    signal,
  });
}
