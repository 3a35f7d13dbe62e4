import { type FairleadConfig, looksLikePath, maskServer, type ServerConfig } from "@fairlead/config";
import { secretArguments } from "../redact/secret-arguments.js";

/** The configuration as it may be given away: values of environments and headers are left out, and secrets in arguments. */
export function maskedConfig(config: FairleadConfig): unknown {
  return {
    ...config,
    executors: Object.fromEntries(config.executors),
    servers: maskedServers(config.servers),
    connectors: maskedServers(config.connectors),
    builtIns: Object.fromEntries(config.builtIns),
    broken: [...(config.broken?.keys() ?? [])],
  };
}

function maskedServers(servers: ReadonlyMap<string, ServerConfig>): unknown {
  return Object.fromEntries([...servers].map(([name, server]) => [name, maskedServer(server)]));
}

function maskedServer(server: ServerConfig): unknown {
  const masked = maskServer(server);
  if (masked.transport === "http") {
    const { headersHelper } = masked;
    const url = maskQuery(masked.url);
    if (headersHelper === undefined) return { ...masked, url };
    const shown = typeof headersHelper === "string" ? mask : maskWords(headersHelper);
    return { ...masked, url, headersHelper: shown };
  }
  return { ...masked, args: maskWords(masked.args) };
}

/** Of flags only the names are given away, because each of them may take a secret. Paths and packages say what runs. */
function maskWords(words: readonly string[]): readonly string[] {
  const secrets = secretArguments(words).filter((secret) => secret !== "");
  return words.map((word, index) => {
    const known = secrets.reduce((text, secret) => text.replaceAll(secret, mask), word);
    const [flag] = /^-[^=]*=/.exec(known) ?? [];
    if (flag !== undefined) return looksLikePath(known.slice(flag.length)) ? known : `${flag}${mask}`;
    const before = words[index - 1] ?? "";
    const isValue = /^-[^=]*$/.test(before) && !plainFlags.has(before) && !word.startsWith("-");
    return isValue && !looksLikePath(word) ? mask : maskQuery(known);
  });
}

/** What follows these is a package or a module. */
const plainFlags: ReadonlySet<string> = new Set(["-y", "--yes", "-m", "--"]);

function maskQuery(text: string): string {
  const start = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text.indexOf("?") : -1;
  return start < 0 ? text : text.slice(0, start) + text.slice(start).replaceAll(/=[^&#]+/g, `=${mask}`);
}

const mask = "***";
