import type { ServerSettings } from "@fairlead/config";

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
