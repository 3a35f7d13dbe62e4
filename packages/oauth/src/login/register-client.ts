import { FairleadError, type Fetch, isJsonObject, type JsonObject } from "@fairlead/core";
import { textOf } from "../discovery/find-document.js";
import { type JsonAnswer, requestJson } from "../discovery/json-request.js";
import { checkedEndpoint, withoutQuery } from "../discovery/url-rules.js";
import { type ClientIdentity, chooseAuthentication } from "./client-identity.js";
import { endpointDeadlineMs } from "./post-form.js";
import { describeProviderError, providerError } from "./provider-error.js";

/** A client that is to be made known. */
export interface Registration {
  readonly fetch: Fetch;
  readonly registrationEndpoint: string;
  readonly serverUrl: string;
  /** Empty for a client that never has a browser come back. */
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  readonly scopes: readonly string[] | undefined;
  readonly offeredAuthMethods: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A client that the authorization server has just learnt of. */
export interface RegisteredClient {
  readonly identity: ClientIdentity;
  /** Takes the registration back where the server lets us (RFC 7592), at most 5 s. It never rejects. */
  forget(): Promise<void>;
}

/**
 * Registers a native client (RFC 7591).
 * @throws FairleadError `forbidden` `oauth_registration_refused` (details: `providerError`, `status`), `unavailable`
 * `http_status`, `protocol` `oauth_answer_invalid`, and what the request failed with
 */
export async function registerClient(registration: Registration): Promise<RegisteredClient> {
  const { fetch, registrationEndpoint, signal } = registration;
  const answer = await requestJson(fetch, {
    url: new URL(registrationEndpoint),
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(clientMetadata(registration)),
    deadlineMs: endpointDeadlineMs,
    signal,
  });
  const document = accepted(answer, withoutQuery(registrationEndpoint));
  const clientSecret = textOf(document, "client_secret");
  return {
    identity: {
      clientId: textOf(document, "client_id") ?? "",
      clientSecret,
      authentication: chooseAuthentication({
        hasSecret: clientSecret !== undefined,
        registered: textOf(document, "token_endpoint_auth_method"),
        offered: registration.offeredAuthMethods,
      }),
    },
    forget: () => forget(registration, document),
  };
}

function clientMetadata(registration: Registration): JsonObject {
  const { redirectUris, scopes, grantTypes, offeredAuthMethods } = registration;
  return {
    client_name: "Fairlead",
    // Without it OpenID providers take the client for a web site, which may not have a loopback address.
    application_type: "native",
    redirect_uris: redirectUris,
    grant_types: grantTypes,
    response_types: redirectUris.length === 0 ? [] : ["code"],
    token_endpoint_auth_method: wantedMethod(offeredAuthMethods),
    ...(scopes === undefined ? {} : { scope: scopes.join(" ") }),
  };
}

/** A native client keeps no secret from its user, so it has none unless the server insists. */
function wantedMethod(offered: readonly string[] | undefined): string {
  if (offered === undefined || offered.includes("none")) return "none";
  return ["client_secret_basic", "client_secret_post"].find((method) => offered.includes(method)) ?? "none";
}

function accepted({ status, body }: JsonAnswer, endpoint: string): JsonObject {
  const document = isJsonObject(body) ? body : {};
  if (status >= 200 && status < 300 && textOf(document, "client_id") !== undefined) return document;
  const refusal = providerError(document);
  if (refusal === undefined && (status >= 500 || status === 429)) {
    throw new FairleadError("unavailable", `${endpoint} answered ${status}; try again later`, {
      reason: "http_status",
      details: { status },
    });
  }
  if (refusal === undefined && status >= 200 && status < 300) {
    throw new FairleadError("protocol", `${endpoint} registered a client without an id`, {
      reason: "oauth_answer_invalid",
    });
  }
  const why = refusal === undefined ? `it answered ${status}` : describeProviderError(refusal);
  throw new FairleadError(
    "forbidden",
    `${endpoint} refused to register Fairlead: ${why}. Have a client registered there, and configure its oauth.client_id`,
    {
      reason: "oauth_registration_refused",
      effect: "none",
      details: { status, ...(refusal === undefined ? {} : { providerError: refusal.code }) },
    },
  );
}

async function forget({ fetch, serverUrl }: Registration, document: JsonObject): Promise<void> {
  const uri = textOf(document, "registration_client_uri");
  const token = textOf(document, "registration_access_token");
  if (uri === undefined || token === undefined) return;
  try {
    await requestJson(fetch, {
      url: checkedEndpoint(uri, { what: "registration", serverUrl }),
      method: "DELETE",
      headers: { authorization: `Bearer ${token}` },
      deadlineMs: 5_000,
    });
  } catch {
    // An unused client at the provider harms nobody; the failure that made us take it back is the one to be told.
    return;
  }
}
