import { FairleadError } from "@fairlead/core";
import type { ConfigProblem, ConfigSource } from "../problems/config-problem.js";
import { refusedServerType } from "../schema/refused-server-keys.js";
import { type Environment, expandVariables } from "./expand-variables.js";
import { findJsonMistake } from "./json-syntax.js";

/** The servers of an `mcpServers` file in the shape of `config.toml`, not validated yet. */
export interface McpServersFile {
  readonly raw: { readonly mcp_servers: unknown };
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads a `{ "mcpServers": { … } }` file, the form that other MCP clients keep their servers in. Variables in its texts
 * are filled in. Other top-level keys belong to those clients and are left alone.
 * @throws FairleadError `usage`, reason `config_invalid`, if it is not JSON of that shape
 */
export function readMcpServersJson(
  text: string,
  source: ConfigSource,
  environment: Environment,
): McpServersFile {
  const content = parseJson(text.replace(/^\uFEFF/, ""), source.file);
  const servers = isObject(content) ? content["mcpServers"] : undefined;
  if (!isObject(servers)) {
    throw invalid(
      source.file,
      'has no "mcpServers" object; expected { "mcpServers": { "name": { "command": … } } }',
    );
  }
  const problems: ConfigProblem[] = [];
  const entries = Object.entries(servers).flatMap(([name, entry]): [string, unknown][] => {
    if (!isObject(entry)) return [[name, entry]];
    const { type, ...rest } = entry;
    const message = refusedServerType(type);
    if (message === undefined) return [[name, expandAll(rest, ["mcp_servers", name])]];
    // Its other keys are those of another transport; complaining about each of them would only hide the reason.
    problems.push({ source, place: ["mcp_servers", name, "type"], message });
    return [];
  });
  return { raw: { mcp_servers: Object.fromEntries(entries) }, problems };

  function expandAll(value: unknown, place: readonly PropertyKey[]): unknown {
    if (typeof value === "string") {
      const expanded = expandVariables(value, environment);
      if ("text" in expanded) return expanded.text;
      problems.push({ source, place, message: expanded.problem });
      return value;
    }
    if (Array.isArray(value)) return value.map((item: unknown, index) => expandAll(item, [...place, index]));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, expandAll(inner, [...place, key])]),
    );
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's error quotes the text, so neither its message nor the error itself is kept.
    const before = text.slice(0, findJsonMistake(text) ?? 0).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw invalid(
      `${file}:${before.length}:${column}`,
      "is not valid JSON (no comments, no trailing commas)",
      file,
    );
  }
}

function invalid(where: string, what: string, file = where): FairleadError {
  return new FairleadError("usage", `${where} ${what}`, {
    reason: "config_invalid",
    effect: "none",
    details: { file },
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
