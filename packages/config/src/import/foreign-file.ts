import { isJsonObject } from "@fairlead/core";
import { parseJsonc } from "../jsonc/parse-jsonc.js";
import { parseToml } from "../toml/parse-toml.js";
import type { LeftKey } from "./ledger.js";

/** A server as another program has it. */
export interface ForeignServer {
  readonly name: string;
  readonly raw: unknown;
  /** The file that it stands in. */
  readonly file: string;
  /** Which servers of the file it belongs to, where they are not all one: `user`, or `project` and its folder. */
  readonly scope?: string;
  readonly dialect: ForeignDialect;
  /** Whether their file switches it off from outside of its entry. */
  readonly isDisabled: boolean;
  /** The folder that it belongs to. */
  readonly project?: string | undefined;
}

/** Whose rules a file follows, where they differ. */
export type ForeignDialect = "json" | "gemini" | "zed" | "codex";

/** What there is in a file of another program. */
export interface ForeignFile {
  readonly servers: readonly ForeignServer[];
  /** What is said there about servers, and is not taken over. */
  readonly left: readonly LeftKey[];
}

/** Which file it is. */
export interface ForeignSource {
  readonly file: string;
  /** The folder that the file belongs to; undefined where it is that of all folders. */
  readonly project?: string | undefined;
  /** The folder whose servers are taken of a file that keeps those of several, `~/.claude.json`. */
  readonly currentFolder: string;
}

/**
 * Finds the servers in a configuration file of another program: `mcpServers` (Claude, Cursor, Windsurf, Gemini),
 * `servers` (VS Code), `context_servers` (Zed) or `[mcp_servers.NAME]` (Codex). A `.toml` is Codex', all else JSON, which
 * may have comments.
 * @returns undefined if there is none of those keys in it
 * @throws FairleadError `usage`, reason `config_invalid`, if it is neither TOML nor JSON
 */
export function readForeignFile(text: string, source: ForeignSource): ForeignFile | undefined {
  const { file } = source;
  if (/\.toml$/i.test(file)) return readCodex(parseToml(text, file), source);
  const content = parseJsonc(text, file);
  return isJsonObject(content) ? readJson(content, source) : undefined;
}

function readJson(content: Record<string, unknown>, source: ForeignSource): ForeignFile | undefined {
  const { mcpServers, servers, context_servers: contextServers, mcp, projects } = content;
  if (isJsonObject(mcpServers) || isJsonObject(projects)) return readMcpServers(content, source);
  if (isJsonObject(servers)) return readVsCode(servers, content["inputs"], source);
  if (isJsonObject(contextServers)) {
    return {
      servers: toServers(contextServers, source, "zed"),
      left: leftOf(content, ["context_server_timeout"]),
    };
  }
  // Before it had a file of its own, VS Code kept them in its settings.
  if (isJsonObject(mcp) && isJsonObject(mcp["servers"]))
    return readVsCode(mcp["servers"], mcp["inputs"], source);
  return undefined;
}

function readMcpServers(content: Record<string, unknown>, source: ForeignSource): ForeignFile {
  const { mcpServers, projects, mcp } = content;
  const isGemini = /[\\/]\.gemini[\\/][^\\/]+$/.test(source.file) || isJsonObject(mcp);
  const excluded = isJsonObject(mcp) && Array.isArray(mcp["excluded"]) ? mcp["excluded"] : [];
  const own = toServers(
    isJsonObject(mcpServers) ? mcpServers : {},
    source,
    isGemini ? "gemini" : "json",
    excluded,
  );
  const ofMcp = isJsonObject(mcp) ? Object.keys(mcp).filter((key) => key !== "excluded") : [];
  const left = ofMcp.map((key) => ({ key: `mcp.${key}`, reason: "is about all servers of the client" }));
  if (!isJsonObject(projects)) return { servers: own, left };
  const { servers, left: others } = readProjects(projects, source);
  // The narrower one wins there, so it comes first here.
  return {
    servers: [...servers, ...own.map((server) => ({ ...server, scope: "user" }))],
    left: [...left, ...others],
  };
}

/**
 * `~/.claude.json` keeps the servers of each folder apart from those of the user.
 * @see https://code.claude.com/docs/en/mcp (MCP installation scopes)
 */
function readProjects(projects: Record<string, unknown>, source: ForeignSource): ForeignFile {
  const servers: ForeignServer[] = [];
  const left: LeftKey[] = [];
  for (const [folder, settings] of Object.entries(projects)) {
    if (!isJsonObject(settings)) continue;
    const isCurrent = isSameFolder(folder, source.currentFolder);
    if (isCurrent) left.push(...switchedOff(settings, `projects.${folder}`));
    if (!isJsonObject(settings["mcpServers"])) continue;
    if (isCurrent) {
      const disabled = settings["disabledMcpServers"];
      const own = { ...source, project: folder };
      const known = toServers(settings["mcpServers"], own, "json", Array.isArray(disabled) ? disabled : []);
      servers.push(...known.map((server) => ({ ...server, scope: `project ${folder}` })));
    } else {
      for (const name of Object.keys(settings["mcpServers"])) {
        const key = `projects.${folder}.mcpServers.${name}`;
        left.push({ key, reason: `belongs to another folder; --project ${folder} takes it` });
      }
    }
  }
  return { servers, left };
}

/** On Windows the same folder is spelled in several ways. */
function isSameFolder(one: string, other: string): boolean {
  return one === other || (/^[A-Za-z]:/.test(one) && plainFolder(one) === plainFolder(other));
}

function plainFolder(folder: string): string {
  return folder.replaceAll("\\", "/").replace(/\/+$/, "").toLowerCase();
}

/** Claude Code keeps in here which servers of `.mcp.json`, another file, its user does not want. */
function switchedOff(settings: Record<string, unknown>, path: string): LeftKey[] {
  const names = settings["disabledMcpjsonServers"];
  if (!Array.isArray(names) || names.length === 0) return [];
  const reason = `switches servers of .mcp.json off: ${names.join(", ")}`;
  return [{ key: `${path}.disabledMcpjsonServers`, reason }];
}

function readVsCode(servers: Record<string, unknown>, inputs: unknown, source: ForeignSource): ForeignFile {
  const used = JSON.stringify(servers);
  const unused = (Array.isArray(inputs) ? inputs : []).flatMap((input: unknown) => {
    const id = isJsonObject(input) ? String(input["id"]) : "";
    return used.includes(`\${input:${id}}`) ? [] : [{ key: `inputs.${id}`, reason: "no server uses it" }];
  });
  return { servers: toServers(servers, source, "json"), left: unused };
}

function readCodex(content: Record<string, unknown>, source: ForeignSource): ForeignFile | undefined {
  const servers = content["mcp_servers"];
  if (!isJsonObject(servers)) return undefined;
  const common = ["mcp_oauth_credentials_store", "mcp_oauth_callback_port", "mcp_oauth_callback_url"];
  return {
    servers: toServers(servers, source, "codex"),
    left: leftOf(content, common),
  };
}

function leftOf(content: Record<string, unknown>, keys: readonly string[]): LeftKey[] {
  const reason = "is about all servers of the client";
  return keys.filter((key) => content[key] !== undefined).map((key) => ({ key, reason }));
}

function toServers(
  servers: Record<string, unknown>,
  { file, project }: ForeignSource,
  dialect: ForeignDialect,
  disabled: readonly unknown[] = [],
): ForeignServer[] {
  return Object.entries(servers).map(([name, raw]) => ({
    name,
    raw,
    file,
    dialect,
    isDisabled: disabled.includes(name),
    ...(project === undefined ? {} : { project }),
  }));
}
