import { isJsonObject } from "@fairlead/core";
import type { TomlValue } from "../toml/emit-toml.js";
import type { ValueRules } from "./fill-text.js";
import { createLedger, type Ledger, type LedgerWriter } from "./ledger.js";
import { placeSecret } from "./place-values.js";
import { asNumber, asRecord, asText, ownMember } from "./shapes.js";
import {
  type Taker,
  takeArguments,
  takeEnvironment,
  takeFolder,
  takeHeaders,
  takeText,
} from "./take-values.js";

/**
 * Takes over one `[mcp_servers.NAME]` of Codex, whose keys are close to ours. It knows no references in texts.
 * @see https://developers.openai.com/codex/mcp
 * @see https://github.com/openai/codex/blob/main/codex-rs/config/src/mcp_types.rs (`RawMcpServerConfig`)
 */
export function fromCodexServer(raw: Readonly<Record<string, unknown>>, rules: ValueRules): Ledger {
  const ledger = createLedger();
  for (const [key, value] of Object.entries(raw)) {
    const taker = sameKeys.has(key) ? takeSame : ownMember(takers, key);
    const isOverruled = key === "startup_timeout_ms" && raw["startup_timeout_sec"] !== undefined;
    if (isOverruled) ledger.leave(key, "startup_timeout_sec is the one that counts");
    else if (taker === undefined) ledger.leave(key, ownMember(reasons, key) ?? "has no counterpart here");
    else taker(value, key, { rules, ledger });
  }
  if (raw["command"] === undefined && raw["url"] === undefined) {
    ledger.refuse("command", "is missing, and so is url");
  }
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

const takers: Readonly<Record<string, Taker>> = {
  command: takeText("command"),
  url: takeText("url"),
  args: takeArguments,
  cwd: takeFolder,
  env: takeEnvironment,
  env_vars: takeVariables,
  http_headers: takeHeaders,
  bearer_token: (value, key, { rules, ledger }) => {
    const token = asText(value, key, ledger);
    if (token === undefined) return;
    placeSecret({ key, name: "token", value: token }, ["bearer_token_env_var"], { rules, ledger });
  },
  startup_timeout_ms: (value, key, { ledger }) => {
    const timeoutMs = asNumber(value, key, ledger);
    if (timeoutMs !== undefined) ledger.put(key, ["startup_timeout_sec"], timeoutMs / 1000);
  },
  default_tools_approval_mode: (value, key, { ledger }) =>
    takeApproval(value, key, { to: ["default_approval"], ledger }),
  tools: (value, key, { ledger }) => {
    for (const [tool, settings] of Object.entries(asRecord(value, key, ledger) ?? {})) {
      for (const [name, inner] of Object.entries(asRecord(settings, `${key}.${tool}`, ledger) ?? {})) {
        const path = `${key}.${tool}.${name}`;
        if (name === "approval_mode") takeApproval(inner, path, { to: ["tools", tool, "approval"], ledger });
        else ledger.leave(path, "has no counterpart here");
      }
    }
  },
  oauth: (value, key, { ledger }) => {
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

function takeSame(value: unknown, key: string, { ledger }: { readonly ledger: LedgerWriter }): void {
  ledger.put(key, [key], value as TomlValue);
}

function takeVariables(value: unknown, key: string, { ledger }: { readonly ledger: LedgerWriter }): void {
  if (!Array.isArray(value)) return ledger.refuse(key, "expected an array");
  const variables = value.map((item: unknown): TomlValue => {
    if (!isJsonObject(item)) return item as TomlValue;
    const { source, ...rest } = item;
    const ours = typeof source === "string" ? (ownMember(sources, source) ?? source) : undefined;
    return { ...(rest as Record<string, TomlValue>), ...(ours === undefined ? {} : { source: ours }) };
  });
  const known = ledger.entry["env_vars"];
  ledger.put(key, ["env_vars"], [...(Array.isArray(known) ? known : []), ...variables]);
}

interface ApprovalPlace {
  readonly to: readonly [string, ...string[]];
  readonly ledger: LedgerWriter;
}

function takeApproval(value: unknown, key: string, { to, ledger }: ApprovalPlace): void {
  if (typeof value === "string") ledger.put(key, to, value);
  else ledger.refuse(key, "expected a string");
}
