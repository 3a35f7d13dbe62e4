const httpNotYet =
  "Streamable HTTP servers are not supported yet by this version; start the server with a command";

const httpKeys: ReadonlySet<string> = new Set([
  "url",
  "bearer_token_env_var",
  "http_headers",
  "env_http_headers",
  "headers_helper",
  "headers",
  "httpUrl",
  "serverUrl",
]);

/**
 * Why a server must not have this key, for keys that would change what the server is: ignoring one of them with a
 * warning would start something else than was asked for. Undefined for every other key.
 */
export function refusedServerKey(key: string): string | undefined {
  if (httpKeys.has(key)) return httpNotYet;
  if (key === "bearer_token") {
    return "a token does not belong in a configuration file; keep it in an environment variable and name that one in bearer_token_env_var (which comes with Streamable HTTP servers)";
  }
  return undefined;
}

/** The same for the `type` of an entry in an `mcpServers` file. */
export function refusedServerType(type: unknown): string | undefined {
  if (type === undefined || type === "stdio") return undefined;
  return typeof type === "string" && /^(?:sse|ws|(?:streamable[-_]?)?http)$/i.test(type)
    ? httpNotYet
    : 'expected "stdio"';
}
