/** An HTTP server's table for config.toml. @param more further lines */
export function httpTable(name: string, url: string, more: readonly string[] = []): string {
  return [`[mcp_servers.${name}]`, `url = ${JSON.stringify(url)}`, ...more, ""].join("\n");
}
