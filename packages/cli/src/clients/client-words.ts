import type { ClientName } from "@fairlead/config";

/** What can be typed for a client: all of `clientNames`, for help and completion, which have no time to load those. */
export const clientWords = [
  "claude",
  "claude-desktop",
  "codex",
  "cursor",
  "gemini",
  "vscode",
  "windsurf",
  "zed",
] as const satisfies readonly ClientName[];
