import { FairleadError, type Fetch, type JsonObject } from "@fairlead/core";
import { printable } from "../login/provider-error.js";
import { findDocument, textOf, textsOf } from "./find-document.js";
import { checkedEndpoint, withoutQuery } from "./url-rules.js";
import { serverMetadataUrls } from "./well-known.js";

/** What is known about an authorization server (RFC 8414). */
export interface AuthorizationServer {
  /** Letter by letter as the server writes it itself. */
  readonly issuer: string;
  readonly authorizationEndpoint: string | undefined;
  readonly tokenEndpoint: string;
  readonly registrationEndpoint: string | undefined;
  readonly revocationEndpoint: string | undefined;
  readonly deviceAuthorizationEndpoint: string | undefined;
  readonly scopesSupported: readonly string[] | undefined;
  /** How clients may prove themselves at the token endpoint; undefined: it does not say. */
  readonly tokenEndpointAuthMethods: readonly string[] | undefined;
  /** Undefined: it does not say. */
  readonly codeChallengeMethods: readonly string[] | undefined;
  /** Whether every answer to the callback carries `iss` (RFC 9207). */
  readonly sendsIssuer: boolean;
  /** Whether the URL of a client metadata document is taken as a client id. */
  readonly takesClientMetadataUrl: boolean;
}

/** Whose metadata is looked for. */
export interface ServerSearch {
  readonly fetch: Fetch;
  readonly serverUrl: string;
  readonly issuer: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the metadata of an authorization server at the places of RFC 8414 and OpenID Connect.
 * @returns undefined where it has none
 * @throws FairleadError `protocol` `oauth_discovery_failed` where it names another issuer or lacks what a login needs,
 * `forbidden` `insecure_transport`; what a request failed with
 */
export async function findServerMetadata(search: ServerSearch): Promise<AuthorizationServer | undefined> {
  const { fetch, serverUrl, issuer, signal } = search;
  checkedEndpoint(issuer, { what: "authorization server", serverUrl });
  const urls = serverMetadataUrls(issuer);
  return findDocument({ fetch, serverUrl, urls, signal }, (document, url) =>
    toServer(document, url, { issuer, serverUrl }),
  );
}

/** The endpoints of the first revision of MCP (2025-03-26) for servers without any metadata: fixed paths at their origin. */
export function assumedServer(serverUrl: string): AuthorizationServer {
  const { origin } = new URL(serverUrl);
  checkedEndpoint(origin, { what: "authorization server", serverUrl });
  return {
    issuer: origin,
    authorizationEndpoint: `${origin}/authorize`,
    tokenEndpoint: `${origin}/token`,
    registrationEndpoint: `${origin}/register`,
    revocationEndpoint: undefined,
    deviceAuthorizationEndpoint: undefined,
    scopesSupported: undefined,
    tokenEndpointAuthMethods: undefined,
    codeChallengeMethods: undefined,
    sendsIssuer: false,
    takesClientMetadataUrl: false,
  };
}

function toServer(
  document: JsonObject,
  url: URL,
  wanted: { readonly issuer: string; readonly serverUrl: string },
): AuthorizationServer {
  const issuer = textOf(document, "issuer");
  if (issuer === undefined || !isSameIssuer(issuer, wanted.issuer)) {
    const said = issuer === undefined ? "no issuer" : JSON.stringify(printable(issuer));
    throw failed(
      url,
      `names ${said} where ${withoutQuery(wanted.issuer)} was asked for, so it may be somebody else's`,
    );
  }
  const endpoint = (name: string, what: string): string | undefined => {
    const text = textOf(document, name);
    return text === undefined
      ? undefined
      : checkedEndpoint(text, { what, serverUrl: wanted.serverUrl }) && text;
  };
  const tokenEndpoint = endpoint("token_endpoint", "token endpoint");
  if (tokenEndpoint === undefined) throw failed(url, "names no token endpoint");
  return {
    issuer,
    authorizationEndpoint: endpoint("authorization_endpoint", "authorization endpoint"),
    tokenEndpoint,
    registrationEndpoint: endpoint("registration_endpoint", "registration endpoint"),
    revocationEndpoint: optional(() => endpoint("revocation_endpoint", "revocation endpoint")),
    deviceAuthorizationEndpoint: optional(() => endpoint("device_authorization_endpoint", "device endpoint")),
    scopesSupported: textsOf(document, "scopes_supported"),
    tokenEndpointAuthMethods: textsOf(document, "token_endpoint_auth_methods_supported"),
    codeChallengeMethods: textsOf(document, "code_challenge_methods_supported"),
    sendsIssuer: document["authorization_response_iss_parameter_supported"] === true,
    takesClientMetadataUrl: document["client_id_metadata_document_supported"] === true,
  };
}

/** What most logins do without: one that may not be used is as good as none. */
function optional(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Whether two issuers are one. A slash at the end makes no difference: common frameworks add it to whatever passes through their URL types. */
export function isSameIssuer(left: string, right: string): boolean {
  return left.replace(/\/$/, "") === right.replace(/\/$/, "");
}

function failed(url: URL, problem: string): FairleadError {
  return new FairleadError(
    "protocol",
    `${withoutQuery(url.href)} ${problem}. Report it to the operator of the server`,
    { reason: "oauth_discovery_failed", effect: "none" },
  );
}
