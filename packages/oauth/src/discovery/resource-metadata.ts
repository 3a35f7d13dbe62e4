import { FairleadError, type Fetch, type JsonObject } from "@fairlead/core";
import { printable } from "../login/provider-error.js";
import { findDocument, textOf, textsOf } from "./find-document.js";
import { checkedEndpoint, withoutQuery } from "./url-rules.js";
import { resourceMetadataUrls } from "./well-known.js";

/** What a server says about who lets people in (RFC 9728). */
export interface ResourceMetadata {
  /** Letter by letter as it was written; undefined: left out, which some servers do. */
  readonly resource: string | undefined;
  /** May be empty; such a server is treated like one of the first revision. */
  readonly issuers: readonly string[];
  readonly scopesSupported: readonly string[] | undefined;
}

/** Whose metadata is looked for. */
export interface ResourceSearch {
  readonly fetch: Fetch;
  readonly serverUrl: string;
  /** What the server's challenge named. */
  readonly metadataUrl?: string | undefined;
  /** A `resource` that is taken although it is not the server's, because somebody configured it. */
  readonly configuredResource?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the metadata of a server: where its challenge says, else at the well-known places.
 * @returns undefined where it has none
 * @throws FairleadError `protocol` `oauth_discovery_failed` where it is that of another resource; what a request failed with
 */
export async function findResourceMetadata(search: ResourceSearch): Promise<ResourceMetadata | undefined> {
  const { fetch, serverUrl, metadataUrl, signal } = search;
  const places = resourceMetadataUrls(serverUrl);
  const named = metadataUrl === undefined ? undefined : metadataPlace(metadataUrl, serverUrl);
  const urls = named === undefined ? places : [named, ...places.filter(({ href }) => href !== named.href)];
  return findDocument({ fetch, serverUrl, urls, signal }, (document, url) =>
    toResourceMetadata(document, url, search),
  );
}

/** The server's own origin is as good as the server; anything else has to keep the rules of endpoints. */
function metadataPlace(text: string, serverUrl: string): URL {
  if (URL.canParse(text) && new URL(text).origin === new URL(serverUrl).origin) return new URL(text);
  return checkedEndpoint(text, { what: "resource metadata", serverUrl });
}

function toResourceMetadata(document: JsonObject, url: URL, search: ResourceSearch): ResourceMetadata {
  const resource = textOf(document, "resource");
  const { serverUrl, configuredResource } = search;
  if (resource !== undefined && resource !== configuredResource && !covers(resource, serverUrl)) {
    throw new FairleadError(
      "protocol",
      `${withoutQuery(url.href)} describes ${JSON.stringify(printable(resource))}, not ${withoutQuery(serverUrl)}: ` +
        "a token for it could be used elsewhere. Correct the server's URL, or configure oauth_resource if you trust it",
      { reason: "oauth_discovery_failed", effect: "none" },
    );
  }
  return {
    resource,
    issuers: textsOf(document, "authorization_servers") ?? [],
    scopesSupported: textsOf(document, "scopes_supported"),
  };
}

/** Servers describe themselves by their endpoint, or by a path above it, as those do that have their metadata at the root. */
function covers(resource: string, serverUrl: string): boolean {
  if (!URL.canParse(resource)) return false;
  const [outer, inner] = [new URL(resource), new URL(serverUrl)];
  const folder = outer.pathname.endsWith("/") ? outer.pathname : `${outer.pathname}/`;
  return outer.origin === inner.origin && `${inner.pathname}/`.startsWith(folder);
}
