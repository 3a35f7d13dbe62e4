import type { TomlValue } from "../toml/emit-toml.js";
import { fillFixedText, fillFolder, secretText, type ValueRules } from "./fill-text.js";
import { createLedger, type Ledger, type LedgerWriter } from "./ledger.js";
import { isSecretLine } from "./looks-secret.js";
import { placeHeader, placeSecret, placeVariable } from "./place-values.js";
import { asBoolean, asNumber, asRecord, asText, asTexts, ownMember } from "./shapes.js";

/** How a server of a JSON file is read. */
export interface JsonServerRules extends ValueRules {
  /** What `timeout` counts: all but Zed have milliseconds. */
  readonly timeoutUnit: "ms" | "s";
}

type Handler = (value: unknown, key: string, at: Mapping) => void;

interface Mapping {
  readonly rules: JsonServerRules;
  readonly ledger: LedgerWriter;
  readonly raw: Readonly<Record<string, unknown>>;
}

/**
 * Takes over one server of a JSON file, of any client. Each key comes to the ledger exactly once: what no handler knows
 * is left, by name.
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
    const handler = ownMember(handlers, key);
    if (handler === undefined) ledger.leave(key, ownMember(reasons, key) ?? "has no counterpart here");
    else handler(value, key, at);
  }
  if (ledger.entry["command"] === undefined && ledger.entry["url"] === undefined) refuseWithout(at);
  return ledger.close();
}

const handlers: Readonly<Record<string, Handler>> = {
  type: takeTransport,
  transport: takeTransport,
  command: takeCommand,
  args: takeArguments,
  cwd: takeFolder,
  env: takeEnvironment,
  url: takeUrl,
  httpUrl: takeUrl,
  serverUrl: takeUrl,
  headers: (value, key, { rules, ledger }) => {
    for (const [name, text] of textsOf(value, key, ledger)) {
      placeHeader({ key: `${key}.${name}`, name, value: text }, rules, ledger);
    }
    if (isEmpty(value)) ledger.keep(key, "http_headers");
  },
  headersHelper: (value, key, { rules, ledger }) => {
    const text = asText(value, key, ledger);
    // A line for the shell, which fills in its variables itself.
    if (text === undefined) return;
    if (isSecretLine(text) && !rules.copiesSecrets) ledger.refuse(key, secretText);
    else ledger.put(key, ["headers_helper"], text);
  },
  timeout: (value, key, { rules, ledger }) => {
    const timeout = asNumber(value, key, ledger);
    if (timeout !== undefined)
      ledger.put(key, ["tool_timeout_sec"], rules.timeoutUnit === "s" ? timeout : timeout / 1000);
  },
  enabled: (value, key, at) => takeEnabled(value, key, at, (isSet) => isSet),
  disabled: (value, key, at) => takeEnabled(value, key, at, (isSet) => !isSet),
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

function takeTransport(value: unknown, key: string, { raw, ledger }: Mapping): void {
  const isHttp = ["url", "httpUrl", "serverUrl"].some((name) => raw[name] !== undefined);
  const isKnown = typeof value === "string" && /^(?:stdio|sse|(?:streamable[-_]?)?http)$/i.test(value);
  if (!isKnown) ledger.refuse(key, "is a transport that is not known here; known are stdio, http and sse");
  else if (isHttp === (value === "stdio"))
    ledger.refuse(key, `does not go with its ${isHttp ? "url" : "command"}`);
  else ledger.keep(key, isHttp ? "url" : "command");
}

function takeCommand(value: unknown, key: string, at: Mapping): void {
  const isTable = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isTable) return takeFixed("command")(value, key, at);
  // Zed once had program, arguments and environment in here.
  for (const [name, inner] of Object.entries(value)) {
    const handler = ownMember(oldCommandHandlers, name);
    if (handler === undefined) at.ledger.leave(`${key}.${name}`, "has no counterpart here");
    else handler(inner, `${key}.${name}`, at);
  }
}

const oldCommandHandlers: Readonly<Record<string, Handler>> = {
  path: takeFixed("command"),
  args: takeArguments,
  env: takeEnvironment,
};

function takeFixed(to: string): Handler {
  return (value, key, { rules, ledger }) => {
    const text = asText(value, key, ledger);
    const filled = text === undefined ? undefined : fillFixedText({ key, value: text }, rules, ledger);
    if (filled !== undefined) ledger.put(key, [to], filled);
  };
}

function takeFolder(value: unknown, key: string, { rules, ledger }: Mapping): void {
  const text = asText(value, key, ledger);
  const folder = text === undefined ? undefined : fillFolder({ key, value: text }, rules, ledger);
  if (folder !== undefined) ledger.put(key, ["cwd"], folder);
}

function takeArguments(value: unknown, key: string, { rules, ledger }: Mapping): void {
  const texts = asTexts(value, key, ledger);
  if (texts === undefined) return;
  const filled = texts.map((text, index) =>
    fillFixedText({ key: `${key}[${index}]`, value: text, before: texts[index - 1] }, rules, ledger),
  );
  const known = filled.filter((text) => text !== undefined);
  if (known.length > 0) ledger.put(key, ["args"], known);
  else ledger.keep(key, "args");
}

function takeEnvironment(value: unknown, key: string, { rules, ledger }: Mapping): void {
  for (const [name, text] of textsOf(value, key, ledger)) {
    placeVariable({ key: `${key}.${name}`, name, value: text }, rules, ledger);
  }
  if (isEmpty(value)) ledger.keep(key, "env");
}

/** Gemini takes `httpUrl` where both are there. */
function takeUrl(value: unknown, key: string, at: Mapping): void {
  const [first] = ["httpUrl", "url", "serverUrl"].filter((name) => at.raw[name] !== undefined);
  if (first !== key) at.ledger.leave(key, `${first} is the one that counts`);
  else takeFixed("url")(value, key, at);
}

function takeEnabled(
  value: unknown,
  key: string,
  { ledger }: Mapping,
  isEnabled: (isSet: boolean) => boolean,
): void {
  const isSet = asBoolean(value, key, ledger);
  if (isSet === undefined) return;
  if (isEnabled(isSet)) ledger.keep(key, "enabled");
  else ledger.put(key, ["enabled"], false);
}

function takeTools(to: "enabled_tools" | "disabled_tools"): Handler {
  return (value, key, { ledger }) => {
    const names = asTexts(value, key, ledger);
    if (names === undefined) return;
    if (names.length > 0) ledger.put(key, [to], names);
    else ledger.leave(key, "names no tool");
  };
}

function takeApproved(value: unknown, key: string, { ledger }: Mapping): void {
  const names = asTexts(value, key, ledger) ?? [];
  for (const name of names) ledger.put(key, ["tools", name, "approval"], "approve");
  if (names.length === 0) ledger.leave(key, "names no tool");
}

function takeOauth(value: unknown, key: string, { rules, ledger }: Mapping): void {
  for (const [name, inner] of Object.entries(asRecord(value, key, ledger) ?? {})) {
    const path = `${key}.${name}`;
    const to = ownMember(oauthKeys, name);
    if (to !== undefined) {
      const text = asText(inner, path, ledger);
      const filled =
        text === undefined ? undefined : fillFixedText({ key: path, value: text }, rules, ledger);
      if (filled !== undefined) ledger.put(path, to, filled);
    } else if (name === "callbackPort") {
      const port = asNumber(inner, path, ledger);
      if (port !== undefined) ledger.put(path, ["oauth", "callback_port"], port);
    } else if (name === "scopes" || name === "scope") {
      ledger.put(
        path,
        ["scopes"],
        typeof inner === "string" ? inner.split(/\s+/).filter(Boolean) : (inner as TomlValue),
      );
    } else if (/^client_?secret$/i.test(name)) {
      const secret = asText(inner, path, ledger);
      const target = { key: path, name: "client_secret", value: secret ?? "" };
      if (secret !== undefined) placeSecret(target, ["oauth", "client_secret_env"], { rules, ledger });
    } else ledger.leave(path, "is found out from the server here");
  }
  if (isEmpty(value)) ledger.leave(key, "is empty");
}

function refuseWithout({ raw, ledger }: Mapping): void {
  const named = ["command", "url", "httpUrl", "serverUrl"].some((key) => raw[key] !== undefined);
  // Why it could not be taken over has been told then.
  if (named) return;
  if ("settings" in raw || raw["source"] === "extension") {
    ledger.refuse("source", "comes with an extension of the client, so there is no command to take over");
  } else ledger.refuse("command", "is missing, and so is url");
}

function textsOf(value: unknown, key: string, ledger: LedgerWriter): readonly (readonly [string, string])[] {
  return Object.entries(asRecord(value, key, ledger) ?? {}).flatMap(([name, inner]) => {
    const isPlain = typeof inner === "number" || typeof inner === "boolean";
    const text = isPlain ? String(inner) : asText(inner, `${key}.${name}`, ledger);
    return text === undefined ? [] : [[name, text] as const];
  });
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
