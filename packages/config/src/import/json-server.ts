import { isJsonObject } from "@fairlead/core";
import { isSecretLine } from "../secrets/looks-secret.js";
import type { TomlValue } from "../toml/emit-toml.js";
import { fillFixedText, secretText, type ValueRules } from "./fill-text.js";
import { createLedger, type Ledger } from "./ledger.js";
import { placeSecret } from "./place-values.js";
import { asBoolean, asNumber, asRecord, asText, asTexts, ownMember } from "./shapes.js";
import {
  isEmpty,
  type Taker,
  type Taking,
  takeArguments,
  takeEnvironment,
  takeFolder,
  takeHeaders,
  takeText,
} from "./take-values.js";

/** How a server of a JSON file is read. */
export interface JsonServerRules extends ValueRules {
  /** What `timeout` counts: all but Zed have milliseconds. */
  readonly timeoutUnit: "ms" | "s";
}

interface TakingJson extends Taking {
  readonly rules: JsonServerRules;
  readonly raw: Readonly<Record<string, unknown>>;
}

/**
 * Takes over one server of a JSON file, of any client. Each key comes to the ledger exactly once: what nobody here knows is
 * left, by name.
 * @see https://code.claude.com/docs/en/mcp (command, args, env, type, url, headers, headersHelper, oauth, timeout)
 * @see https://cursor.com/docs/mcp.md (envFile, auth)
 * @see https://docs.windsurf.com/windsurf/cascade/mcp (serverUrl)
 * @see https://code.visualstudio.com/docs/copilot/reference/mcp-configuration (envFile, sandbox, dev)
 * @see https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md (httpUrl, trust, includeTools)
 * @see https://zed.dev/docs/ai/mcp (source, enabled, settings)
 */
export function fromJsonServer(raw: Readonly<Record<string, unknown>>, rules: JsonServerRules): Ledger {
  const ledger = createLedger();
  const at = { rules, ledger, raw };
  for (const [key, value] of Object.entries(raw)) {
    const taker = ownMember(takers, key);
    if (taker === undefined) ledger.leave(key, ownMember(reasons, key) ?? "has no counterpart here");
    else taker(value, key, at);
  }
  // Why one that is there could not be taken over has been told.
  if (!["command", ...addressKeys].some((key) => raw[key] !== undefined)) {
    const isOfExtension = raw["source"] === "extension" || "settings" in raw;
    if (isOfExtension)
      ledger.refuse("source", "comes with an extension of the client, so there is no command here");
    else ledger.refuse("command", "is missing, and so is url");
  }
  return ledger.close();
}

/** Where an address can stand; the first that is there counts, as it does for Gemini. */
const addressKeys = ["httpUrl", "url", "serverUrl"] as const;

const takers: Readonly<Record<string, Taker<TakingJson>>> = {
  type: takeTransport,
  transport: takeTransport,
  command: takeCommand,
  args: takeArguments,
  cwd: takeFolder,
  env: takeEnvironment,
  url: takeAddress,
  httpUrl: takeAddress,
  serverUrl: takeAddress,
  headers: takeHeaders,
  headersHelper: (value, key, { rules, ledger }) => {
    const text = asText(value, key, ledger);
    // A line for the shell, which fills in its variables itself.
    if (text === undefined) return;
    if (isSecretLine(text) && !rules.copiesSecrets) ledger.refuse(key, secretText);
    else ledger.put(key, ["headers_helper"], text);
  },
  timeout: (value, key, { rules, ledger }) => {
    const timeout = asNumber(value, key, ledger);
    if (timeout === undefined) return;
    ledger.put(key, ["tool_timeout_sec"], rules.timeoutUnit === "s" ? timeout : timeout / 1000);
  },
  enabled: takeEnabled(true),
  disabled: takeEnabled(false),
  includeTools: takeTools("enabled_tools"),
  enabledTools: takeTools("enabled_tools"),
  excludeTools: takeTools("disabled_tools"),
  disabledTools: takeTools("disabled_tools"),
  alwaysAllow: takeApproved,
  autoApprove: takeApproved,
  trust: (value, key, { ledger }) => {
    const isTrusted = asBoolean(value, key, ledger);
    if (isTrusted === true) ledger.put(key, ["default_approval"], "approve");
    else if (isTrusted === false) ledger.leave(key, "agents ask their users as they always do");
  },
  oauth: takeOauth,
  auth: takeOauth,
  source: (value, key, { raw, ledger }) => {
    if (value === "custom") ledger.keep(key, "url" in raw ? "url" : "command");
    else ledger.leave(key, "says where the client has the server from");
  },
};

const reasons: Readonly<Record<string, string>> = {
  envFile: "no file of variables is read here; name them in env_vars",
  description: "is for people, and no setting",
  sandbox: "what a server may touch is not set here",
  sandboxEnabled: "what a server may touch is not set here",
  settings: "is for an extension of the client",
  remote: "where a server runs is its executor here",
  dev: "is for those who write the server",
  authProviderType: "logins are made with OAuth here",
};

/** `oauth` of Claude Code and Gemini, `auth` of Cursor; by their keys, ours. */
const oauthKeys: Readonly<Record<string, readonly [string, ...string[]]>> = {
  clientId: ["oauth", "client_id"],
  client_id: ["oauth", "client_id"],
  CLIENT_ID: ["oauth", "client_id"],
  redirectUri: ["oauth", "callback_url"],
  authorizationUrl: ["oauth", "authorization_url"],
  resource: ["oauth_resource"],
};

function takeTransport(value: unknown, key: string, { raw, ledger }: TakingJson): void {
  const isHttp = addressKeys.some((name) => raw[name] !== undefined);
  const isKnown = typeof value === "string" && /^(?:stdio|sse|(?:streamable[-_]?)?http)$/i.test(value);
  if (!isKnown) ledger.refuse(key, "is a transport that is not known here; known are stdio, http and sse");
  else if (isHttp === (value.toLowerCase() === "stdio")) {
    ledger.refuse(key, `does not go with its ${isHttp ? "url" : "command"}`);
  } else ledger.keep(key, isHttp ? "url" : "command");
}

/** Zed once had program, arguments and environment in here. */
function takeCommand(value: unknown, key: string, at: TakingJson): void {
  if (!isJsonObject(value)) return takeText("command")(value, key, at);
  for (const [name, inner] of Object.entries(value)) {
    const taker = ownMember(oldCommandTakers, name);
    if (taker === undefined) at.ledger.leave(`${key}.${name}`, "has no counterpart here");
    else taker(inner, `${key}.${name}`, at);
  }
}

const oldCommandTakers: Readonly<Record<string, Taker>> = {
  path: takeText("command"),
  args: takeArguments,
  env: takeEnvironment,
};

function takeAddress(value: unknown, key: string, at: TakingJson): void {
  const first = addressKeys.find((name) => at.raw[name] !== undefined);
  if (first !== key) at.ledger.leave(key, `${first} is the one that counts`);
  else takeText("url")(value, key, at);
}

/** @param meaning what true says of whether the server is enabled */
function takeEnabled(meaning: boolean): Taker {
  return (value, key, { ledger }) => {
    const isSet = asBoolean(value, key, ledger);
    if (isSet === undefined) return;
    // What is the default needs no line of its own.
    if (isSet === meaning) ledger.keep(key, "enabled");
    else ledger.put(key, ["enabled"], false);
  };
}

function takeTools(to: "enabled_tools" | "disabled_tools"): Taker {
  return (value, key, { ledger }) => {
    const names = asTexts(value, key, ledger);
    if (names === undefined) return;
    if (names.length > 0) ledger.put(key, [to], names);
    else ledger.leave(key, "names no tool");
  };
}

function takeApproved(value: unknown, key: string, { ledger }: Taking): void {
  const names = asTexts(value, key, ledger) ?? [];
  for (const name of names) ledger.put(key, ["tools", name, "approval"], "approve");
  if (names.length === 0) ledger.leave(key, "names no tool");
}

function takeOauth(value: unknown, key: string, at: TakingJson): void {
  for (const [name, inner] of Object.entries(asRecord(value, key, at.ledger) ?? {})) {
    takeOauthKey(name, inner, { ...at, key });
  }
  if (isEmpty(value)) at.ledger.leave(key, "is empty");
}

function takeOauthKey(
  name: string,
  value: unknown,
  { key, rules, ledger }: Taking & { readonly key: string },
): void {
  const path = `${key}.${name}`;
  const to = ownMember(oauthKeys, name);
  if (to !== undefined) {
    const text = asText(value, path, ledger);
    const filled = text === undefined ? undefined : fillFixedText({ key: path, value: text }, rules, ledger);
    if (filled !== undefined) ledger.put(path, to, filled);
  } else if (name === "callbackPort") {
    const port = asNumber(value, path, ledger);
    if (port !== undefined) ledger.put(path, ["oauth", "callback_port"], port);
  } else if (name === "scopes" || name === "scope") {
    const scopes = typeof value === "string" ? value.split(/\s+/).filter(Boolean) : (value as TomlValue);
    ledger.put(path, ["scopes"], scopes);
  } else if (/^client_?secret$/i.test(name)) {
    const secret = asText(value, path, ledger);
    const target = { key: path, name: "client_secret", value: secret ?? "" };
    if (secret !== undefined) placeSecret(target, ["oauth", "client_secret_env"], { rules, ledger });
  } else ledger.leave(path, "is found out from the server here");
}
