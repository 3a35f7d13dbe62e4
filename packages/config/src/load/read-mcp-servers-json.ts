import { FairleadError, isJsonObject } from "@fairlead/core";
import { isOwnServe } from "../layers/own-serve.js";
import type { ConfigProblem, ConfigSource } from "../problems/config-problem.js";
import { isHttpEntry } from "../schema/server-schema.js";
import { type Environment, expandVariables } from "./expand-variables.js";
import { findJsonMistake } from "./json-syntax.js";
import { splitHeaders } from "./split-headers.js";

/** The servers of an `mcpServers` file in the shape of `config.toml`, not validated yet. */
export interface McpServersFile {
  readonly raw: { readonly mcp_servers: unknown };
  readonly problems: readonly ConfigProblem[];
  /** Names of the servers that were left out, being `fairlead serve` itself. */
  readonly ownServes: readonly string[];
}

/**
 * Reads a `{ "mcpServers": { … } }` file, the form that other MCP clients keep their servers in. Variables in its texts
 * are filled in. Servers that are `fairlead serve` itself are left out, those of a project only as far as they are written so.
 * Other top-level keys belong to those clients and are left alone.
 * @param environment undefined: texts stay as they are written
 * @throws FairleadError `usage`, reason `config_invalid`, if it is not JSON of that shape
 */
export function readMcpServersJson(
  text: string,
  source: ConfigSource,
  environment: Environment | undefined,
): McpServersFile {
  const content = parseJson(text.replace(/^\uFEFF/, ""), source.file);
  const servers = isJsonObject(content) ? content["mcpServers"] : undefined;
  if (!isJsonObject(servers)) {
    throw invalid(
      source.file,
      'has no "mcpServers" object; expected { "mcpServers": { "name": { "command": … } } }',
    );
  }
  const problems: ConfigProblem[] = [];
  const ownServes: string[] = [];
  const entries = Object.entries(servers).flatMap(([name, entry]): [string, unknown][] => {
    if (!isJsonObject(entry)) return [[name, entry]];
    const place = ["mcp_servers", name];
    const { type, ...rest } = entry;
    const own = toOwnKeys(rest);
    if (isOwnServe(own)) {
      ownServes.push(name);
      return [];
    }
    const message = refusedType(type, own);
    if (message === undefined) {
      const expanded = expandEntry(own, place);
      // A project's is shown as it is written, so that leaving it out is told, and not done here.
      const isHidden = source.projectFolder === undefined && isOwnServe(expanded);
      if (isHidden) ownServes.push(name);
      return isHidden ? [] : [[name, expanded]];
    }
    // Its other keys are those of another transport; complaining about each of them would only hide the reason.
    problems.push({ source, place: [...place, "type"], message });
    return [];
  });
  return { raw: { mcp_servers: Object.fromEntries(entries) }, problems, ownServes };

  function expandEntry(entry: Record<string, unknown>, place: readonly PropertyKey[]): unknown {
    const { headers, ...rest } = entry;
    if (!isJsonObject(headers) || Object.hasOwn(entry, "http_headers")) return expandAll(entry, place);
    const { plain, ...fromEnv } = splitHeaders(headers, (text, header) =>
      expandAll(text, [...place, "headers", header]),
    );
    return { ...fromEnv, ...(expandAll(rest, place) as object), http_headers: plain };
  }

  function expandAll(value: unknown, place: readonly PropertyKey[]): unknown {
    if (environment === undefined) return value;
    if (typeof value === "string") {
      const expanded = expandVariables(value, environment);
      if ("text" in expanded) return expanded.text;
      problems.push({ source, place, message: expanded.problem });
      return value;
    }
    if (Array.isArray(value)) return value.map((item: unknown, index) => expandAll(item, [...place, index]));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, expandAll(inner, [...place, key])]),
    );
  }
}

/** Keys as other programs spell them, in our spelling; one that is there in both is left to be complained about. */
function toOwnKeys(entry: Record<string, unknown>): Record<string, unknown> {
  const own = Object.entries(entry).map(([key, value]): [string, unknown] => {
    const ownKey = ownSpellings[key] ?? key;
    return [Object.hasOwn(entry, ownKey) ? key : ownKey, value];
  });
  return Object.fromEntries(own);
}

const ownSpellings: Readonly<Record<string, string>> = {
  httpUrl: "url",
  serverUrl: "url",
  headersHelper: "headers_helper",
};

function refusedType(type: unknown, entry: object): string | undefined {
  const isHttp = isHttpEntry(entry);
  if (type === undefined || (type === "stdio" && !isHttp)) return undefined;
  if (type === "stdio") return 'is "stdio", but the server has a url; remove one of the two';
  if (typeof type !== "string" || !/^(?:sse|(?:streamable[-_]?)?http)$/i.test(type)) {
    return 'expected "stdio", "http" or "sse"';
  }
  return isHttp ? undefined : `is ${JSON.stringify(type)}, but the server has no url`;
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
