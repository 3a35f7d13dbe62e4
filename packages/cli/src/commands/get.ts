import {
  type EnvironmentVariable,
  type HttpServerConfig,
  maskServer,
  type StdioServerConfig,
} from "@fairlead/config";
import { plainText } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { findServer, loadSettings } from "./settings.js";

/** `fairlead get`: one server's configuration; what may be a secret shows as `***`. */
export async function getCommand(name: string, flags: CommonFlags, terminal: Terminal): Promise<void> {
  const { config } = await loadSettings(flags, terminal);
  const server = maskServer(findServer(config, name));
  if (flags.json === true) {
    terminal.printJson(server);
    return;
  }
  terminal.print(`${server.name}${server.enabled ? "" : "  (disabled)"}`);
  const lines = server.transport === "http" ? describeHttp(server) : describeStdio(server);
  for (const [label, value] of lines) terminal.print(plainText(`  ${label.padEnd(9)} ${value}`));
  terminal.print(`  executor  ${server.executor}`);
  if (server.protocol !== "auto") terminal.print(`  protocol  ${server.protocol}`);
  terminal.print(`  file      ${server.file}`);
}

type Line = readonly [label: string, value: string];

function describeStdio({ command, args, cwd, env, envVars }: StdioServerConfig): readonly Line[] {
  return [
    ["command", [command, ...args].join(" ")],
    ...(cwd === undefined ? [] : [["cwd", cwd] as const]),
    ...Object.entries(env).map(([name, value]): Line => ["env", `${name}=${value}`]),
    ...envVars.map((variable): Line => ["env", fromVariable(variable)]),
  ];
}

function describeHttp(server: HttpServerConfig): readonly Line[] {
  const { url, bearerTokenVar, headers, envHeaders, headersHelper, proxy } = server;
  return [
    ["url", url],
    ...(bearerTokenVar === undefined ? [] : [["token", fromVariable(bearerTokenVar)] as const]),
    ...Object.entries(headers).map(([name, value]): Line => ["header", `${name}: ${value}`]),
    ...Object.entries(envHeaders).map(
      ([name, variable]): Line => ["header", `${name}: ${fromVariable(variable)}`],
    ),
    ...(headersHelper === undefined ? [] : [["helper", [headersHelper].flat().join(" ")] as const]),
    ...(proxy === "environment" ? [] : [["proxy", proxy] as const]),
  ];
}

function fromVariable({ name, source }: EnvironmentVariable): string {
  return `${name} (from the ${source})`;
}
