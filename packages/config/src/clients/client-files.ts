import { posix, win32 } from "node:path";
import type { Environment } from "../load/expand-variables.js";

/** The programs whose configuration is known here. */
export const clientNames = [
  "claude",
  "claude-desktop",
  "codex",
  "cursor",
  "gemini",
  "vscode",
  "windsurf",
  "zed",
] as const;

/** One of the programs whose configuration is known here. */
export type ClientName = (typeof clientNames)[number];

/** Whether a configuration is for all folders of a user, or for one folder and everybody who works in it. */
export type ClientScope = "user" | "project";

/** Where one configuration of a client is. */
export interface ClientFile {
  readonly client: ClientName;
  readonly scope: ClientScope;
  readonly path: string;
  /** The key that its servers are below. */
  readonly container: "mcpServers" | "servers" | "context_servers" | "mcp_servers";
  /** What shows that the client is there: one of these files and folders. Of a project, none. */
  readonly signs: readonly string[];
}

/** What the places depend on. */
export interface ClientSurroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Environment;
  readonly userHome: string;
  /** The folder that project files are in. */
  readonly project: string;
}

/**
 * Where a client keeps its servers; undefined where it has no such file.
 * @see https://code.claude.com/docs/en/settings (`~/.claude.json`, `.mcp.json`, CLAUDE_CONFIG_DIR)
 * @see https://modelcontextprotocol.io/docs/develop/connect-local-servers (claude_desktop_config.json)
 * @see https://developers.openai.com/codex/mcp (`~/.codex/config.toml`, CODEX_HOME)
 * @see https://cursor.com/docs/mcp.md (`~/.cursor/mcp.json`)
 * @see https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md (`~/.gemini/settings.json`), and
 * packages/core/src/utils/paths.ts there (GEMINI_CLI_HOME)
 * @see https://code.visualstudio.com/docs/copilot/reference/mcp-configuration (`.vscode/mcp.json`, the user profile)
 * @see https://docs.windsurf.com/windsurf/cascade/mcp (`~/.codeium/windsurf/mcp_config.json`)
 * @see https://zed.dev/docs/configuring-zed (`~/.config/zed/settings.json`, XDG_CONFIG_HOME)
 */
export function clientFile(
  client: ClientName,
  scope: ClientScope,
  surroundings: ClientSurroundings,
): ClientFile | undefined {
  const { join } = pathsOf(surroundings.platform);
  const { userHome, project } = surroundings;
  const container = containers[client];
  if (scope === "project") {
    const inProject = projectFiles[client];
    if (inProject === undefined) return undefined;
    return { client, scope, path: join(project, ...inProject), container, signs: [] };
  }
  const folder = userFolders(surroundings)[client];
  const [inFolder, signs] = userFiles[client];
  const path = join(folder, inFolder);
  return {
    client,
    scope,
    path,
    container,
    signs: [path, ...signs.map((sign) => join(sign === "" ? folder : userHome, sign))],
  };
}

const containers: Readonly<Record<ClientName, ClientFile["container"]>> = {
  claude: "mcpServers",
  "claude-desktop": "mcpServers",
  codex: "mcp_servers",
  cursor: "mcpServers",
  gemini: "mcpServers",
  vscode: "servers",
  windsurf: "mcpServers",
  zed: "context_servers",
};

const projectFiles: Readonly<Partial<Record<ClientName, readonly string[]>>> = {
  claude: [".mcp.json"],
  codex: [".codex", "config.toml"],
  cursor: [".cursor", "mcp.json"],
  gemini: [".gemini", "settings.json"],
  vscode: [".vscode", "mcp.json"],
  zed: [".zed", "settings.json"],
};

/** The file in a client's folder, and what else shows that the client is there; "" is the folder itself. */
const userFiles: Readonly<Record<ClientName, readonly [file: string, signs: readonly string[]]>> = {
  claude: [".claude.json", [".claude"]],
  "claude-desktop": ["claude_desktop_config.json", [""]],
  codex: ["config.toml", [""]],
  cursor: ["mcp.json", [""]],
  gemini: ["settings.json", [""]],
  vscode: ["mcp.json", [""]],
  windsurf: ["mcp_config.json", [""]],
  zed: ["settings.json", [""]],
};

function userFolders(surroundings: ClientSurroundings): Readonly<Record<ClientName, string>> {
  const { platform, env, userHome } = surroundings;
  const { join } = pathsOf(platform);
  const config = filled(env["XDG_CONFIG_HOME"]) ?? join(userHome, ".config");
  const roaming = filled(env["APPDATA"]) ?? join(userHome, "AppData", "Roaming");
  // Where programs of a window system keep what is theirs.
  const settings =
    platform === "win32"
      ? roaming
      : platform === "darwin"
        ? join(userHome, "Library", "Application Support")
        : config;
  const zed =
    platform === "win32"
      ? join(roaming, "Zed")
      : platform === "darwin"
        ? join(userHome, ".config", "zed")
        : join(config, "zed");
  return {
    claude: filled(env["CLAUDE_CONFIG_DIR"]) ?? userHome,
    "claude-desktop": join(settings, "Claude"),
    codex: filled(env["CODEX_HOME"]) ?? join(userHome, ".codex"),
    cursor: join(userHome, ".cursor"),
    gemini: join(filled(env["GEMINI_CLI_HOME"]) ?? userHome, ".gemini"),
    vscode: join(settings, "Code", "User"),
    windsurf: join(userHome, ".codeium", "windsurf"),
    zed,
  };
}

function pathsOf(platform: NodeJS.Platform): { readonly join: (...parts: readonly string[]) => string } {
  const paths = platform === "win32" ? win32 : posix;
  return { join: (...parts) => paths.join(...parts) };
}

function filled(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
