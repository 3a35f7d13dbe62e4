import type { Fetch } from "@fairlead/core";
import { modifyAssertion, PrivateKeyJwt } from "oauth4webapi";
import { type JsonAnswer, requestJson } from "../discovery/json-request.js";
import type { ClientIdentity, SigningKey } from "./client-identity.js";

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

/** Sends a form with the client's proof; redirects are answers, not followed, because it holds secrets. */
export async function postForm(request: FormRequest): Promise<JsonAnswer> {
  const { client, fetch, signal } = request;
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(request.parameters)) {
    if (value !== undefined) form.set(name, value);
  }
  const headers: Record<string, string> = {
    "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
  };
  if (client.authentication === "client_secret_basic") {
    headers["authorization"] = basicHeader(client);
  } else {
    form.set("client_id", client.clientId);
  }
  if (client.authentication === "client_secret_post") form.set("client_secret", client.clientSecret ?? "");
  if (client.authentication === "private_key_jwt" && client.signingKey !== undefined) {
    await sign(form, { signingKey: client.signingKey, clientId: client.clientId, issuer: request.issuer });
  }
  return requestJson(fetch, {
    url: new URL(request.url),
    method: "POST",
    headers,
    body: form.toString(),
    deadlineMs: request.deadlineMs ?? endpointDeadlineMs,
    signal,
  });
}

/**
 * Encodes only what a form has to encode. oauth4webapi escapes `-`, `_` and `.` too, which is allowed, but many providers do
 * not decode at all, and then refuse every client id with a hyphen.
 */
function basicHeader({ clientId, clientSecret }: ClientIdentity): string {
  const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret ?? "")}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}

async function sign(
  form: URLSearchParams,
  who: { readonly signingKey: SigningKey; readonly clientId: string; readonly issuer: string },
): Promise<void> {
  const { key, keyId, algorithm } = who.signingKey;
  const prove = PrivateKeyJwt(keyId === undefined ? { key } : { key, kid: keyId }, {
    [modifyAssertion]: (header) => {
      if (algorithm !== undefined) header["alg"] = algorithm;
    },
  });
  await prove({ issuer: who.issuer }, { client_id: who.clientId }, form, new Headers());
}
