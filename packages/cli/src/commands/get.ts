import {
  type EnvironmentVariable,
  type HttpServerConfig,
  type MachineProof,
  maskServer,
  type ServerLoginConfig,
  type StdioServerConfig,
} from "@fairlead/config";
import { shellLine } from "@fairlead/core";
import { isTelling, knownAuths } from "../auth/auth-column.js";
import { createCredentials } from "../auth/credentials.js";
import { askHosts } from "../control/ask-hosts.js";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { liveStatesOf } from "./live-status.js";
import { findServer, loadSettings, throwIfBroken } from "./settings.js";

/** `fairlead get`: one server's configuration; what may be a secret shows as `***`. */
export async function getCommand(name: string, flags: CommonFlags, terminal: Terminal): Promise<void> {
  const { config, home, invalid } = await loadSettings(flags, terminal, { lenient: true });
  if (invalid !== undefined) {
    // What is wrong with this very server is the answer.
    throwIfBroken(config, name);
    if (!config.servers.has(name)) throw invalid;
    terminal.warn(invalid.message, flags.json === true);
  }
  const found = findServer(config, name);
  const server = maskServer(found);
  const warn = (text: string): void => terminal.warn(text, flags.json === true);
  const credentials = createCredentials({ home, logins: config.logins, env: process.env, warn });
  const hosts = found.transport === "http" ? await askHosts(home) : [];
  const auths = await knownAuths([found], credentials, () => liveStatesOf(name, hosts));
  const auth = auths.get(name);
  if (flags.json === true) {
    terminal.printJson(auth === undefined ? server : { ...server, auth });
    return;
  }
  terminal.print(`${server.name}${server.enabled ? "" : "  (disabled)"}`);
  const lines = server.transport === "http" ? describeHttp(server) : describeStdio(server);
  for (const [label, value] of lines) terminal.print(`  ${label.padEnd(9)} ${value}`);
  if (auth !== undefined && isTelling(auth)) terminal.print(`  auth      ${auth.status}`);
  terminal.print(`  executor  ${server.executor}`);
  if (server.protocol !== "auto") terminal.print(`  protocol  ${server.protocol}`);
  terminal.print(`  file      ${server.file}`);
}

type Line = readonly [label: string, value: string];

function describeStdio(server: StdioServerConfig): readonly Line[] {
  const { command, args, cwd, env, envVars, shellProfile } = server;
  return [
    ["command", shellLine([command, ...args], process.platform === "win32")],
    ...(cwd === undefined ? [] : [["cwd", cwd] as const]),
    ...Object.entries(env).map(([name, value]): Line => ["env", `${name}=${value}`]),
    ...envVars.map((variable): Line => ["env", fromVariable(variable)]),
    ...(shellProfile === true ? [["profile", "of the user's shell"] as const] : []),
  ];
}

function describeHttp(server: HttpServerConfig): readonly Line[] {
  const { url, bearerTokenVar, headers, envHeaders, headersHelper, login, proxy } = server;
  return [
    ["url", url],
    ...(bearerTokenVar === undefined ? [] : [["token", fromVariable(bearerTokenVar)] as const]),
    ...Object.entries(headers).map(([name, value]): Line => ["header", `${name}: ${value}`]),
    ...Object.entries(envHeaders).map(
      ([name, variable]): Line => ["header", `${name}: ${fromVariable(variable)}`],
    ),
    ...loginLines(login),
    ...(headersHelper === undefined ? [] : [["helper", helperLine(headersHelper)] as const]),
    ...(proxy === "environment" ? [] : [["proxy", proxy] as const]),
  ];
}

/** A text is a command line already. */
function helperLine(helper: string | readonly string[]): string {
  return typeof helper === "string" ? helper : shellLine(helper, process.platform === "win32");
}

/** Where the proof of a machine is; never what it is. */
function proofOf(machine: MachineProof): string {
  if (machine.kind === "secret") return `secret in ${machine.variable} (client_credentials)`;
  const { key } = machine;
  return `key in ${key.kind === "env" ? key.name : key.path} (client_credentials)`;
}

function loginLines({
  clientId,
  issuer,
  machine,
  callbackPort,
  callbackUrl,
  scopes,
  resource,
}: ServerLoginConfig): readonly Line[] {
  return [
    ...(clientId === undefined ? [] : [["client", clientId] as const]),
    ...(machine === undefined ? [] : [["proof", proofOf(machine)] as const]),
    ...(issuer === undefined ? [] : [["issuer", issuer] as const]),
    ...(scopes === undefined ? [] : [["scopes", scopes.join(" ") || "(none)"] as const]),
    ...(resource === undefined ? [] : [["resource", resource === false ? "(none)" : resource] as const]),
    ...(callbackPort === undefined ? [] : [["callback", `port ${callbackPort}`] as const]),
    ...(callbackUrl === undefined ? [] : [["callback", callbackUrl] as const]),
  ];
}

function fromVariable({ name, source }: EnvironmentVariable): string {
  return `${name} (from the ${source})`;
}
