import type { FairleadConfig, HttpServerConfig } from "@fairlead/config";
import type { TokenSource } from "@fairlead/oauth";

/** What signs the requests to one server. */
export interface RequestTokens {
  /** Undefined: nobody has logged in anywhere yet. @throws FairleadError where the logins cannot be opened */
  source(): Promise<Pick<TokenSource, "token" | "refused" | "stepUp" | "missing"> | undefined>;
  /**
   * Told what was in the way of a signature. @returns whether the request goes out unsigned instead: where only the store of
   * logins cannot be read, for most servers want no login
   */
  doesWithout(error: unknown): boolean;
}

/**
 * Whether the configuration itself says what requests are signed with, be it that it has no value now. No login is looked
 * for then.
 */
export function hasConfiguredCredentials(
  server: Pick<HttpServerConfig, "bearerTokenVar" | "headers" | "envHeaders">,
): boolean {
  const headers = [...Object.keys(server.headers), ...Object.keys(server.envHeaders)];
  return (
    server.bearerTokenVar !== undefined || headers.some((header) => header.toLowerCase() === "authorization")
  );
}

/** Those servers and connectors whose requests are signed with a login, if there is one. */
export function serversWithLogin({
  servers,
  connectors,
}: Pick<FairleadConfig, "servers" | "connectors">): readonly HttpServerConfig[] {
  return httpServersOf({ servers, connectors }).filter(
    (server) => server.enabled && !hasConfiguredCredentials(server),
  );
}

/** All servers with an address, and connectors. */
export function httpServersOf({
  servers,
  connectors,
}: Pick<FairleadConfig, "servers" | "connectors">): readonly HttpServerConfig[] {
  return [...servers.values(), ...connectors.values()].filter(
    (server): server is HttpServerConfig => server.transport === "http",
  );
}
