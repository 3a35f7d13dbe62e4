import { FairleadError, type Fetch, toFairleadError } from "@fairlead/core";
import type { BearerChallenge } from "../challenge/bearer-challenge.js";
import { findResourceMetadata } from "./resource-metadata.js";
import {
  type AuthorizationServer,
  assumedServer,
  findServerMetadata,
  isSameIssuer,
} from "./server-metadata.js";
import { withoutQuery } from "./url-rules.js";

/** Whose authorization is looked for. */
export interface DiscoveryOptions {
  /** The endpoint as configured. */
  readonly serverUrl: string;
  /** Of the place that the server is reached from; every request leaves through it, each at most 5 s. */
  readonly fetch: Fetch;
  /** What the server answered to a request without a token, if that is known. */
  readonly challenge?: BearerChallenge | undefined;
  /** A `resource` that metadata may name although it is not the server's. */
  readonly configuredResource?: string | undefined;
  /** Of several authorization servers, this one alone, if it is still among them. */
  readonly preferredIssuer?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How to log in to a server. */
export interface AuthorizationDiscovery {
  readonly server: AuthorizationServer;
  /** The `resource` of the server's metadata, letter by letter. */
  readonly resource: string | undefined;
  readonly scopesSupported: readonly string[] | undefined;
  /**
   * `resource_metadata`: RFC 9728, as MCP demands since 2025-06-18; `origin_metadata`: only metadata of an authorization server
   * at the server's own origin, as in 2025-03-26; `assumed`: no metadata at all, so the fixed paths of that revision.
   */
  readonly source: "resource_metadata" | "origin_metadata" | "assumed";
}

/**
 * Finds out who gives tokens for a server: the metadata that its challenge names, else the well-known places with and without
 * its path (RFC 9728), then the metadata of the authorization server (RFC 8414, OpenID Connect), whose issuer must echo. Servers
 * without any get what MCP 2025-03-26 had. Nothing is guessed where a place failed: that may be over in a minute.
 * @throws FairleadError `protocol` `oauth_discovery_failed`, `forbidden` `insecure_transport`; what a request failed with
 */
export async function discoverAuthorization(options: DiscoveryOptions): Promise<AuthorizationDiscovery> {
  const { fetch, serverUrl, signal } = options;
  const metadata = await findResourceMetadata({
    fetch,
    serverUrl,
    metadataUrl: options.challenge?.resourceMetadata,
    configuredResource: options.configuredResource,
    signal,
  });
  const resource = metadata?.resource;
  if (metadata !== undefined && metadata.issuers.length > 0) {
    const server = await firstServer(preferred(metadata.issuers, options.preferredIssuer), options);
    return { server, resource, scopesSupported: metadata.scopesSupported, source: "resource_metadata" };
  }
  const issuer = new URL(serverUrl).origin;
  const server = await findServerMetadata({ fetch, serverUrl, issuer, signal });
  return {
    server: server ?? assumedServer(serverUrl),
    resource,
    scopesSupported: metadata === undefined ? server?.scopesSupported : metadata.scopesSupported,
    source: sourceOf(metadata !== undefined, server !== undefined),
  };
}

function sourceOf(hasMetadata: boolean, hasServer: boolean): AuthorizationDiscovery["source"] {
  if (!hasServer) return "assumed";
  return hasMetadata ? "resource_metadata" : "origin_metadata";
}

/** The one that somebody wants, and no other, if it is there: letter by letter, else but for a slash. */
function preferred(issuers: readonly string[], issuer: string | undefined): readonly string[] {
  if (issuer === undefined) return issuers;
  const found =
    issuers.find((other) => other === issuer) ?? issuers.find((other) => isSameIssuer(other, issuer));
  return found === undefined ? issuers : [found];
}

/**
 * Of several authorization servers the first that can be used; where none can, what is wrong with the first. One that cannot be
 * asked now ends the search: in a minute it may be the first again, and a login by another one would be another login.
 */
async function firstServer(
  issuers: readonly string[],
  options: DiscoveryOptions,
): Promise<AuthorizationServer> {
  const { fetch, serverUrl, signal } = options;
  let failure: FairleadError | undefined;
  for (const issuer of issuers) {
    try {
      const server = await findServerMetadata({ fetch, serverUrl, issuer, signal });
      if (server !== undefined) return server;
      failure ??= noMetadata(issuer);
    } catch (error) {
      const known = toFairleadError(error);
      if (signal?.aborted === true || mayPass(known)) throw error;
      failure ??= known;
    }
  }
  throw failure ?? noMetadata(serverUrl);
}

function mayPass({ code }: FairleadError): boolean {
  return code === "unavailable" || code === "deadline_exceeded";
}

function noMetadata(issuer: string): FairleadError {
  return new FairleadError(
    "protocol",
    `The authorization server ${withoutQuery(issuer)} has no metadata, neither of RFC 8414 nor of OpenID Connect. ` +
      "Report it to the operator of the server",
    { reason: "oauth_discovery_failed", effect: "none" },
  );
}
