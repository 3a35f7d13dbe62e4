import { httpTable } from "../../http-cli/support/http-table.js";

/** A stdio server on the executor `far`, for config.toml. @param more further lines of its table */
export function stdio(name: string, argv: readonly string[], more: readonly string[] = []): string {
  const [command = "", ...args] = argv;
  const lines = [
    `command = ${JSON.stringify(command)}`,
    `args = ${JSON.stringify(args)}`,
    'executor = "far"',
    ...more,
  ];
  return [`[mcp_servers.${name}]`, ...lines, ""].join("\n");
}

/** A server with an address, reached from this machine, for config.toml. @param more further lines of its table */
export function http(name: string, url: string, more: readonly string[] = []): string {
  return httpTable(name, url, ['executor = "local"', 'protocol = "legacy"', ...more]);
}
