/**
 * A copy of a server that may be shown: each value in its `env` is replaced by `***`. Takes a resolved server as well as
 * an entry as it is written in a file.
 */
export function maskServer<Server extends { readonly env?: Readonly<Record<string, string>> | undefined }>(
  server: Server,
): Server {
  if (server.env === undefined) return server;
  return { ...server, env: Object.fromEntries(Object.keys(server.env).map((name) => [name, "***"])) };
}
