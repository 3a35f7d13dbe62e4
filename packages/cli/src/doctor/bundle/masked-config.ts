import { type FairleadConfig, maskServer, type ServerConfig } from "@fairlead/config";
import { secretArguments } from "../redact/secret-arguments.js";

/** The configuration as it may be given away: values of environments and headers are left out, and secrets in arguments. */
export function maskedConfig(config: FairleadConfig): unknown {
  return {
    ...config,
    executors: Object.fromEntries(config.executors),
    servers: maskedServers(config.servers),
    connectors: maskedServers(config.connectors),
    builtIns: Object.fromEntries(config.builtIns),
  };
}

function maskedServers(servers: ReadonlyMap<string, ServerConfig>): unknown {
  return Object.fromEntries([...servers].map(([name, server]) => [name, maskedServer(server)]));
}

function maskedServer(server: ServerConfig): unknown {
  const masked = maskServer(server);
  if (masked.transport === "http") {
    const { headersHelper } = masked;
    if (headersHelper === undefined) return masked;
    return { ...masked, headersHelper: typeof headersHelper === "string" ? "***" : maskWords(headersHelper) };
  }
  return { ...masked, args: maskWords(masked.args) };
}

function maskWords(words: readonly string[]): readonly string[] {
  const secrets = secretArguments(words).filter((secret) => secret !== "");
  return words.map((word) => secrets.reduce((text, secret) => text.replaceAll(secret, "***"), word));
}
