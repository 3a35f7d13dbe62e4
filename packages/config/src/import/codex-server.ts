import type { TomlValue } from "../toml/emit-toml.js";
import { fillFixedText, fillFolder, type ValueRules } from "./fill-text.js";
import { createLedger, type Ledger, type LedgerWriter } from "./ledger.js";
import { placeHeader, placeSecret, placeVariable } from "./place-values.js";
import { asNumber, asRecord, asText, asTexts, isRecord, ownMember } from "./shapes.js";

type Handler = (value: unknown, key: string, ledger: LedgerWriter, rules: ValueRules) => void;

/**
 * Takes over one `[mcp_servers.NAME]` of Codex, whose keys are close to ours. It knows no references in texts.
 * @see https://developers.openai.com/codex/mcp
 * @see https://github.com/openai/codex/blob/main/codex-rs/config/src/mcp_types.rs (`RawMcpServerConfig`)
 */
export function fromCodexServer(raw: Readonly<Record<string, unknown>>, rules: ValueRules): Ledger {
  const ledger = createLedger();
  for (const [key, value] of Object.entries(raw)) {
    const handler = sameKeys.has(key) ? takeSame : ownMember(handlers, key);
    if (handler === undefined) ledger.leave(key, ownMember(reasons, key) ?? "has no counterpart here");
    else handler(value, key, ledger, rules);
  }
  if (raw["command"] === undefined && raw["url"] === undefined)
    ledger.refuse("command", "is missing, and so is url");
  return ledger.close();
}

/** What means the same here under the same name; the definition of our own file checks the values. */
const sameKeys: ReadonlySet<string> = new Set([
  "bearer_token_env_var",
  "disabled_tools",
  "enabled",
  "enabled_tools",
  "env_http_headers",
  "oauth_resource",
  "required",
  "scopes",
  "startup_timeout_sec",
  "supports_parallel_tool_calls",
  "tool_timeout_sec",
]);

const handlers: Readonly<Record<string, Handler>> = {
  command: takeFixed,
  url: takeFixed,
  cwd: (value, key, ledger, rules) => {
    const text = asText(value, key, ledger);
    const folder = text === undefined ? undefined : fillFolder({ key, value: text }, rules, ledger);
    if (folder !== undefined) ledger.put(key, [key], folder);
  },
  args: (value, key, ledger, rules) => {
    const texts = asTexts(value, key, ledger) ?? [];
    const filled = texts.map((text, index) =>
      fillFixedText({ key: `${key}[${index}]`, value: text, before: texts[index - 1] }, rules, ledger),
    );
    if (filled.length === 0) ledger.keep(key, key);
    else if (!filled.includes(undefined)) ledger.put(key, [key], filled as string[]);
  },
  env: (value, key, ledger, rules) => {
    for (const [name, text] of Object.entries(asRecord(value, key, ledger) ?? {})) {
      const path = `${key}.${name}`;
      const known = asText(text, path, ledger);
      if (known !== undefined) placeVariable({ key: path, name, value: known }, rules, ledger);
    }
    if (isRecord(value) && Object.keys(value).length === 0) ledger.keep(key, key);
  },
  env_vars: takeVariables,
  http_headers: (value, key, ledger, rules) => {
    for (const [name, text] of Object.entries(asRecord(value, key, ledger) ?? {})) {
      const path = `${key}.${name}`;
      const known = asText(text, path, ledger);
      if (known !== undefined) placeHeader({ key: path, name, value: known }, rules, ledger);
    }
    if (isRecord(value) && Object.keys(value).length === 0) ledger.keep(key, key);
  },
  bearer_token: (value, key, ledger, rules) => {
    const token = asText(value, key, ledger);
    if (token === undefined) return;
    placeSecret({ key, name: "token", value: token }, ["bearer_token_env_var"], { rules, ledger });
  },
  startup_timeout_ms: (value, key, ledger) => {
    const timeoutMs = asNumber(value, key, ledger);
    if (ledger.entry["startup_timeout_sec"] !== undefined)
      ledger.leave(key, "startup_timeout_sec is the one that counts");
    else if (timeoutMs !== undefined) ledger.put(key, ["startup_timeout_sec"], timeoutMs / 1000);
  },
  default_tools_approval_mode: (value, key, ledger) => takeApproval(value, key, ["default_approval"], ledger),
  tools: (value, key, ledger) => {
    for (const [tool, settings] of Object.entries(asRecord(value, key, ledger) ?? {})) {
      for (const [name, inner] of Object.entries(asRecord(settings, `${key}.${tool}`, ledger) ?? {})) {
        const path = `${key}.${tool}.${name}`;
        if (name === "approval_mode") takeApproval(inner, path, ["tools", tool, "approval"], ledger);
        else ledger.leave(path, "has no counterpart here");
      }
    }
  },
  oauth: (value, key, ledger) => {
    for (const [name, inner] of Object.entries(asRecord(value, key, ledger) ?? {})) {
      if (name === "client_id") ledger.put(`${key}.${name}`, ["oauth", "client_id"], inner as TomlValue);
      else ledger.leave(`${key}.${name}`, "has no counterpart here");
    }
  },
};

const reasons: Readonly<Record<string, string>> = {
  name: "is for people, and no setting",
  experimental_environment: "where a server runs is its executor here",
};

/** Codex says whose variable it is in its own words. */
const sources: Readonly<Record<string, string>> = { local: "host", remote: "executor" };

function takeSame(value: unknown, key: string, ledger: LedgerWriter): void {
  ledger.put(key, [key], value as TomlValue);
}

function takeFixed(value: unknown, key: string, ledger: LedgerWriter, rules: ValueRules): void {
  const text = asText(value, key, ledger);
  const filled = text === undefined ? undefined : fillFixedText({ key, value: text }, rules, ledger);
  if (filled !== undefined) ledger.put(key, [key], filled);
}

function takeVariables(value: unknown, key: string, ledger: LedgerWriter): void {
  if (!Array.isArray(value)) return ledger.refuse(key, "expected an array");
  const variables = value.map((item: unknown): TomlValue => {
    if (!isRecord(item)) return item as TomlValue;
    const { source, ...rest } = item;
    const ours = typeof source === "string" ? (ownMember(sources, source) ?? source) : undefined;
    return { ...(rest as Record<string, TomlValue>), ...(ours === undefined ? {} : { source: ours }) };
  });
  const known = ledger.entry["env_vars"];
  ledger.put(key, ["env_vars"], [...(Array.isArray(known) ? known : []), ...variables]);
}

function takeApproval(
  value: unknown,
  key: string,
  to: readonly [string, ...string[]],
  ledger: LedgerWriter,
): void {
  if (typeof value === "string") ledger.put(key, to, value);
  else ledger.refuse(key, "expected a string");
}
