import type { HttpServerConfig, ServerSettings } from "@fairlead/config";

/** Settings of a server of which only its transport matters; for tests. */
export const serverSettings = {
  name: "s",
  executor: "devbox",
  enabled: true,
  required: false,
  startupTimeoutMs: 1_000,
  toolTimeoutMs: 1_000,
  disabledTools: [],
  protocol: "auto",
  maxMessageBytes: 1_024,
  share: "client",
  supportsParallelToolCalls: true,
  defaultApproval: "approve",
  tools: {},
  elicitations: "ask",
  file: "config.toml",
} as const satisfies ServerSettings;

/** A server with a url, which wants nothing special; for tests. */
export function httpServer(more: Partial<HttpServerConfig> = {}): HttpServerConfig {
  return {
    ...serverSettings,
    name: "web",
    transport: "http",
    url: "https://mcp.example/mcp",
    headers: {},
    envHeaders: {},
    login: {},
    proxy: "none",
    forwardHeaders: [],
    executor: "local",
    ...more,
  };
}
