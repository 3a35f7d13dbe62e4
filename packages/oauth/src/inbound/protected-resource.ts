import { resourceMetadataUrls } from "../discovery/well-known.js";

/** What a server of ours tells of itself to those who want in (RFC 9728). */
export interface ProtectedResource {
  /** The URL by which clients reach it; tokens must have been issued for it. */
  readonly resource: string;
  /** Who issues tokens for it; at least one. */
  readonly issuers: readonly string[];
  /** What clients may ask for. @default nothing is said */
  readonly scopes?: readonly string[] | undefined;
  /** For people. */
  readonly name?: string | undefined;
}

/** The document that says so, and where clients look for it. */
export interface ProtectedResourceMetadata {
  readonly url: string;
  /** The path of {@link url}, for routes. */
  readonly path: string;
  /** To be served as `application/json`. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** Makes the metadata of a protected resource. @throws TypeError if `resource` is no URL */
export function protectedResourceMetadata(described: ProtectedResource): ProtectedResourceMetadata {
  const { resource, issuers, scopes, name } = described;
  const [url = new URL(resource)] = resourceMetadataUrls(resource);
  return {
    url: url.href,
    path: url.pathname,
    document: {
      resource,
      authorization_servers: [...issuers],
      bearer_methods_supported: ["header"],
      ...(scopes === undefined ? {} : { scopes_supported: [...scopes] }),
      ...(name === undefined ? {} : { resource_name: name }),
    },
  };
}
