import { describe, expect, test } from "vitest";
import { type ClientSurroundings, clientFile, clientNames } from "./client-files.js";

const places: Record<string, ClientSurroundings> = {
  linux: { platform: "linux", env: {}, userHome: "/home/me", project: "/work/site" },
  macOS: { platform: "darwin", env: {}, userHome: "/Users/me", project: "/work/site" },
  Windows: {
    platform: "win32",
    env: { APPDATA: "C:\\Users\\me\\AppData\\Roaming" },
    userHome: "C:\\Users\\me",
    project: "D:\\work\\site",
  },
};

function paths(surroundings: ClientSurroundings): string {
  return clientNames
    .flatMap((client) =>
      (["user", "project"] as const).map((scope) => {
        const file = clientFile(client, scope, surroundings);
        return file === undefined
          ? `${client} ${scope}: none`
          : `${client} ${scope}: ${file.path} ${file.container}`;
      }),
    )
    .join("\n");
}

describe("where clients keep their servers", () => {
  test("on Linux", () =>
    expect(paths(places["linux"] as ClientSurroundings)).toMatchInlineSnapshot(`
    "claude user: /home/me/.claude.json mcpServers
    claude project: /work/site/.mcp.json mcpServers
    claude-desktop user: /home/me/.config/Claude/claude_desktop_config.json mcpServers
    claude-desktop project: none
    codex user: /home/me/.codex/config.toml mcp_servers
    codex project: /work/site/.codex/config.toml mcp_servers
    cursor user: /home/me/.cursor/mcp.json mcpServers
    cursor project: /work/site/.cursor/mcp.json mcpServers
    gemini user: /home/me/.gemini/settings.json mcpServers
    gemini project: /work/site/.gemini/settings.json mcpServers
    vscode user: /home/me/.config/Code/User/mcp.json servers
    vscode project: /work/site/.vscode/mcp.json servers
    windsurf user: /home/me/.codeium/windsurf/mcp_config.json mcpServers
    windsurf project: none
    zed user: /home/me/.config/zed/settings.json context_servers
    zed project: /work/site/.zed/settings.json context_servers"
  `));
  test("on macOS", () =>
    expect(paths(places["macOS"] as ClientSurroundings)).toMatchInlineSnapshot(`
    "claude user: /Users/me/.claude.json mcpServers
    claude project: /work/site/.mcp.json mcpServers
    claude-desktop user: /Users/me/Library/Application Support/Claude/claude_desktop_config.json mcpServers
    claude-desktop project: none
    codex user: /Users/me/.codex/config.toml mcp_servers
    codex project: /work/site/.codex/config.toml mcp_servers
    cursor user: /Users/me/.cursor/mcp.json mcpServers
    cursor project: /work/site/.cursor/mcp.json mcpServers
    gemini user: /Users/me/.gemini/settings.json mcpServers
    gemini project: /work/site/.gemini/settings.json mcpServers
    vscode user: /Users/me/Library/Application Support/Code/User/mcp.json servers
    vscode project: /work/site/.vscode/mcp.json servers
    windsurf user: /Users/me/.codeium/windsurf/mcp_config.json mcpServers
    windsurf project: none
    zed user: /Users/me/.config/zed/settings.json context_servers
    zed project: /work/site/.zed/settings.json context_servers"
  `));
  test("on Windows", () =>
    expect(paths(places["Windows"] as ClientSurroundings)).toMatchInlineSnapshot(`
    "claude user: C:\\Users\\me\\.claude.json mcpServers
    claude project: D:\\work\\site\\.mcp.json mcpServers
    claude-desktop user: C:\\Users\\me\\AppData\\Roaming\\Claude\\claude_desktop_config.json mcpServers
    claude-desktop project: none
    codex user: C:\\Users\\me\\.codex\\config.toml mcp_servers
    codex project: D:\\work\\site\\.codex\\config.toml mcp_servers
    cursor user: C:\\Users\\me\\.cursor\\mcp.json mcpServers
    cursor project: D:\\work\\site\\.cursor\\mcp.json mcpServers
    gemini user: C:\\Users\\me\\.gemini\\settings.json mcpServers
    gemini project: D:\\work\\site\\.gemini\\settings.json mcpServers
    vscode user: C:\\Users\\me\\AppData\\Roaming\\Code\\User\\mcp.json servers
    vscode project: D:\\work\\site\\.vscode\\mcp.json servers
    windsurf user: C:\\Users\\me\\.codeium\\windsurf\\mcp_config.json mcpServers
    windsurf project: none
    zed user: C:\\Users\\me\\AppData\\Roaming\\Zed\\settings.json context_servers
    zed project: D:\\work\\site\\.zed\\settings.json context_servers"
  `));

  test("what the environment says wins", () => {
    const env = { CLAUDE_CONFIG_DIR: "/c", CODEX_HOME: "/x", GEMINI_CLI_HOME: "/g", XDG_CONFIG_HOME: "/xdg" };
    const surroundings = { platform: "linux", env, userHome: "/home/me", project: "/p" } as const;
    expect(clientFile("claude", "user", surroundings)?.path).toBe("/c/.claude.json");
    expect(clientFile("codex", "user", surroundings)?.path).toBe("/x/config.toml");
    expect(clientFile("gemini", "user", surroundings)?.path).toBe("/g/.gemini/settings.json");
    expect(clientFile("zed", "user", surroundings)?.path).toBe("/xdg/zed/settings.json");
    expect(clientFile("vscode", "user", surroundings)?.path).toBe("/xdg/Code/User/mcp.json");
  });
});
