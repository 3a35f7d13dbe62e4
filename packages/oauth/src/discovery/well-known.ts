/** Where the metadata of a resource may be (RFC 9728 3): at its path first, then at the root of its host. */
export function resourceMetadataUrls(serverUrl: string): readonly URL[] {
  const server = new URL(serverUrl);
  const path = server.pathname === "/" ? "" : server.pathname;
  const atPath = new URL(`/.well-known/oauth-protected-resource${path}${server.search}`, server.origin);
  const atRoot = new URL("/.well-known/oauth-protected-resource", server.origin);
  return atPath.href === atRoot.href ? [atRoot] : [atPath, atRoot];
}

/** Where the metadata of an issuer may be, in the order that MCP demands: RFC 8414, then OpenID Connect in both spellings. */
export function serverMetadataUrls(issuer: string): readonly URL[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  const oauth = new URL(`/.well-known/oauth-authorization-server${path}`, origin);
  const inserted = new URL(`/.well-known/openid-configuration${path}`, origin);
  if (path === "") return [oauth, inserted];
  return [oauth, inserted, new URL(`${path}/.well-known/openid-configuration`, origin)];
}
