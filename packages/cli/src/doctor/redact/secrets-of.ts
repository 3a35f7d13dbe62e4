import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  configFilePath,
  type FairleadConfig,
  looksLikeKey,
  looksLikePath,
  mayBeSecretName,
  type ServerConfig,
} from "@fairlead/config";
import type { KnownSecrets } from "./redactor.js";
import {
  isSecretVariable,
  possibleSecretArguments,
  queryValues,
  secretArguments,
  secretsInUrl,
  userInUrl,
} from "./secret-arguments.js";

/** Values are taken as secrets wherever they stand from this length on, whatever they are called. */
const certainLength = 8;

/** What of this machine's own may be known. */
export interface SecretPlaces {
  /** Undefined where there is none. */
  readonly home: string | undefined;
  /** Undefined where it could not be read. */
  readonly config: FairleadConfig | undefined;
  /** Whether the configuration does not hold all of its file: then any text in that may be a secret. @default where there is none */
  readonly isPartial?: boolean;
}

/**
 * Collects every secret that this machine knows of: in the configuration, in the variables that it names or that are called
 * so, in token files and among the logins. They are only to be taken out of texts.
 */
export async function secretsOf(
  { home, config, isPartial = config === undefined }: SecretPlaces,
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<KnownSecrets> {
  const values: Value[] = Object.entries(env).flatMap(([name, text = ""]) => [
    ...(isSecretVariable(name) && !looksLikePath(text) ? [byLength(text)] : []),
    ...certain(secretsInUrl(text)),
  ]);
  if (config !== undefined) {
    const servers = [...config.servers.values(), ...config.connectors.values()];
    values.push(...servers.flatMap(ofServer));
    values.push(...certain(namedVariables(config, servers).flatMap((name) => env[name] ?? [])));
  }
  if (isPartial && home !== undefined) {
    values.push(...ofUnreadConfig(await readFile(configFilePath(home), "utf8").catch(() => ""), env));
  }
  if (home !== undefined) values.push(...certain(await inFiles(config, home)));
  const told = values.filter(({ text }) => text.trim() !== "");
  return {
    certain: told.filter(({ isCertain }) => isCertain).map(({ text }) => text),
    possible: told.filter(({ isCertain }) => !isCertain).map(({ text }) => text),
  };
}

interface Value {
  readonly text: string;
  readonly isCertain: boolean;
}

/** A short one could be a word that stands in many a message. */
function byLength(text: string): Value {
  return { text, isCertain: text.length >= certainLength };
}

function certain(texts: readonly string[]): Value[] {
  return texts.map((text) => ({ text, isCertain: true }));
}

function possible(texts: readonly string[]): Value[] {
  return texts.map((text) => ({ text, isCertain: false }));
}

function ofServer(server: ServerConfig): readonly Value[] {
  if (server.transport === "http") {
    const { headersHelper } = server;
    const helper = typeof headersHelper === "string" ? headersHelper.split(/\s+/) : (headersHelper ?? []);
    const inHelper = secretArguments(helper).map(byLength);
    const inQuery = possible([...queryValues(server.url), ...possibleSecretArguments(helper)]);
    return [...ofTable(server.headers), ...certain(secretsInUrl(server.url)), ...inHelper, ...inQuery];
  }
  const words = [...server.args, ...Object.values(server.env)];
  const inArguments = secretArguments(server.args).map(byLength);
  const others = possible([
    ...words.flatMap((word) => [userInUrl(word), ...queryValues(word)]),
    ...possibleSecretArguments(server.args),
  ]);
  return [...ofTable(server.env), ...inArguments, ...others, ...certain(words.flatMap(secretsInUrl))];
}

function ofTable(table: Readonly<Record<string, string>>): readonly Value[] {
  return Object.entries(table).map(([name, text]) => ({
    text: text.replace(/^(?:Bearer|Basic)\s+/i, ""),
    isCertain:
      looksLikeKey(text) ||
      (!looksLikePath(text) && text.length >= (mayBeSecretName(name) ? certainLength : 12)),
  }));
}

/** All quoted texts of a file that nobody understands, and the variables that are called like one of them. */
function ofUnreadConfig(text: string, env: Readonly<NodeJS.ProcessEnv>): readonly Value[] {
  const lines = text.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  return lines.flatMap((line) => {
    const name = /^\s*([\w.-]+)\s*=/.exec(line)?.[1] ?? "";
    const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g)].map(([, basic, literal]) =>
      basic === undefined ? (literal ?? "") : unescaped(basic),
    );
    // Within a text of several lines, such as a key.
    if (!/["'=[\]{}]/.test(line)) words.push(line.trim());
    const values = words.flatMap((word) => [word, env[word] ?? ""]).filter((word) => !looksLikePath(word));
    return values.map((word) => ({
      text: word,
      isCertain: looksLikeKey(word) || (mayBeSecretName(name) && word.length >= certainLength),
    }));
  });
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    // TOML knows more escapes.
    return text;
  }
}

/** Variables of this machine that the configuration means to be passed on, or shown as a proof. */
function namedVariables(config: FairleadConfig, servers: readonly ServerConfig[]): readonly string[] {
  const ofServers = servers.flatMap((server) => {
    if (server.transport === "stdio") return server.envVars.map(({ name }) => name);
    const { clientSecretVar, machine } = server.login;
    const ofMachine =
      machine?.kind === "secret"
        ? machine.variable
        : machine?.key.kind === "env"
          ? machine.key.name
          : undefined;
    const headers = Object.values(server.envHeaders).map(({ name }) => name);
    return [server.bearerTokenVar?.name, clientSecretVar, ofMachine, ...headers];
  });
  const ofExecutors = [...config.executors.values()].map(({ token }) =>
    token?.kind === "env" ? token.name : undefined,
  );
  const ofGateway = config.gateway.oauth?.introspection?.clientSecretVar;
  return [...ofServers, ...ofExecutors, ofGateway].filter((name) => name !== undefined);
}

async function inFiles(config: FairleadConfig | undefined, home: string): Promise<readonly string[]> {
  const tokenFiles = [...(config?.executors.values() ?? [])].flatMap(({ token }) =>
    token?.kind === "file" ? [token.path] : [],
  );
  const own = [join(home, "executor.token"), join(home, "gateway-token"), ...tokenFiles];
  const tokens = await Promise.all(own.map((file) => readFile(file, "utf8").catch(() => "")));
  const folder = join(home, "credentials");
  const names = await readdir(folder).catch(() => []);
  const stored = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8").catch(() => "")));
  // Addresses stand among them too, and are no secrets.
  const texts = stored
    .flatMap((text) => text.match(/"[^"\\\s]{16,}"/g) ?? [])
    .map((text) => text.slice(1, -1));
  return [...tokens.map((text) => text.trim()), ...texts.filter((text) => !/^https?:/.test(text))];
}
