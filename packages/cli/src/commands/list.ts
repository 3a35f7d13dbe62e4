import {
  type BrokenServer,
  type FairleadConfig,
  maskArguments,
  maskUrl,
  type ServerConfig,
} from "@fairlead/config";
import { errorTable, toFairleadError } from "@fairlead/core";
import type { AuthReport } from "@fairlead/oauth";
import { isTelling, knownAuths } from "../auth/auth-column.js";
import { createCredentials } from "../auth/credentials.js";
import { loginCommandLine } from "../auth/login-errors.js";
import { askHosts, type LiveHost } from "../control/ask-hosts.js";
import type { Paint } from "../output/paint.js";
import { plainCell, plainText } from "../output/plain-text.js";
import { formatTable } from "../output/table.js";
import { lastWords, type Terminal } from "../output/terminal.js";
import { formatCount } from "../output/units.js";
import { recallToolCount, type SeenTools } from "../runtime/cached-tools.js";
import type { CheckedServer, ServerCheck } from "./check-servers.js";
import type { CommonFlags } from "./flags.js";
import { type LiveServer, liveStatesOf, liveWords, seenWords } from "./live-status.js";
import { loadSettings } from "./settings.js";

interface ServerRow {
  readonly name: string;
  readonly executor: string;
  readonly transport: "stdio" | "http" | "in-process";
  /** Only with `--all`. */
  readonly origin?: "configured" | "connector" | "built-in";
  readonly enabled: boolean;
  /** Of a stdio server, with its arguments, secrets masked. */
  readonly command?: string;
  /** Of an HTTP server, secrets masked. */
  readonly url?: string;
  /** Only where a host is running that knows it, the healthiest copy first. */
  readonly live?: readonly LiveServer[];
  /** Only where no host is running that knows it: what was seen of it last. */
  readonly cached?: SeenTools;
  /** Only of an HTTP server. */
  readonly auth?: AuthReport;
  /** Only of one that cannot be used: what is wrong with it. */
  readonly problem?: string;
  /** Only with `--check`. */
  readonly check?: ServerCheck;
}

/**
 * `fairlead list`: what is configured, how it does in running hosts, and with `--check` whether it works. With `--all`
 * also what agents get beside it.
 */
export async function listCommand(
  flags: CommonFlags & { check?: boolean; all?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { home, config, notes, invalid } = await loadSettings(flags, terminal, { lenient: true });
  // The others are shown all the same.
  if (invalid !== undefined) process.exitCode = terminal.fail(invalid, flags.json === true);
  const isAll = flags.all === true;
  const connectors = isAll ? [...config.connectors.values()] : [];
  const servers = [...config.servers.values(), ...connectors];
  if (flags.json !== true) for (const note of notes) terminal.tell(`fairlead: ${note}`);
  const hosts = await askHosts(home);
  const checks = flags.check === true ? await checkEnabled(servers, flags, terminal) : undefined;
  const warn = (text: string): void => terminal.tell(`fairlead: ${text}`);
  const credentials = createCredentials({ home, logins: config.logins, env: process.env, warn });
  const auths = await knownAuths(servers, credentials, (name) => liveStatesOf(name, hosts));
  const own = isAll ? await builtInRows(config, hosts) : [];
  const broken = [...(config.broken?.values() ?? [])].filter(
    ({ origin }) => isAll || origin === "configured",
  );
  const known = [...servers.map(toRow), ...broken.map(toBrokenRow), ...own];
  const seen = await recallAll(home, known);
  const rows = known.map((row): ServerRow => {
    const live = liveStatesOf(row.name, hosts);
    const cached = live.length === 0 ? seen.get(row.name) : undefined;
    const { auth = auths.get(row.name), check } = checks?.get(row.name) ?? {};
    const isConnector = config.connectors.has(row.name) || row.origin === "connector";
    const origin = isConnector ? "connector" : "configured";
    return {
      ...(isAll ? { origin } : {}),
      ...row,
      ...(live.length === 0 ? {} : { live }),
      ...(cached === undefined ? {} : { cached }),
      ...(auth === undefined ? {} : { auth }),
      ...(check === undefined ? {} : { check }),
    };
  });
  if (invalid === undefined) process.exitCode = exitCodeOf(rows);
  if (flags.json === true) {
    terminal.printJson({ servers: rows });
    return;
  }
  if (rows.length === 0) {
    if (invalid === undefined)
      terminal.tell("No server is configured yet. Add one: fairlead add NAME -- COMMAND");
    return;
  }
  const origins = isAll ? ["ORIGIN"] : [];
  const hasLogins = rows.some(({ auth }) => auth !== undefined && isTelling(auth));
  const logins = hasLogins ? ["AUTH"] : [];
  const status = { title: "STATUS", paint: (text: string) => paintStatus(text, terminal.paint) };
  const head = ["NAME", ...origins, "EXECUTOR", status, ...logins, "TRANSPORT", "COMMAND OR URL"];
  const cells = rows.map((row) =>
    [
      row.name,
      ...(isAll ? [row.origin ?? ""] : []),
      row.executor,
      statusOf(row),
      ...(hasLogins ? [row.auth?.status ?? ""] : []),
      row.transport,
      row.command ?? row.url ?? "",
    ].map(plainCell),
  );
  terminal.printPainted(formatTable(head, cells, process.stdout.columns ?? Number.POSITIVE_INFINITY));
  tellMissingLogins(rows, terminal);
  for (const row of rows) {
    if (row.check?.status !== "failed") continue;
    const error = toFairleadError(row.check.error);
    for (const line of [`${row.name}: ${error.message}`, ...lastWords(error)]) terminal.tell(line);
  }
}

/** That of the first server that failed its check, by the kind of its failure. */
function exitCodeOf(rows: readonly ServerRow[]): number {
  const failed = rows.find(({ check }) => check?.status === "failed")?.check;
  return failed?.status === "failed" ? errorTable[toFairleadError(failed.error).code].exit : 0;
}

/** A check that failed for want of a login says so itself. */
function tellMissingLogins(rows: readonly ServerRow[], terminal: Terminal): void {
  for (const { name, auth, check } of rows) {
    const isMissing = auth?.status === "not_logged_in" || auth?.status === "reauthentication_required";
    if (isMissing && check?.status !== "failed") {
      terminal.tell(`fairlead: ${name}: nobody is logged in. Run: ${loginCommandLine(name)}`);
    }
    if (auth?.problem !== undefined) terminal.tell(plainText(`fairlead: ${name}: ${auth.problem}`));
  }
}

/** Those that the configuration switches on, and those that a host was started with. */
async function builtInRows(config: FairleadConfig, hosts: readonly LiveHost[]): Promise<ServerRow[]> {
  const { builtInsOf } = await import("../serve/built-in-servers.js");
  const executors = new Map(builtInsOf(config).map(({ name, executor }) => [name, executor]));
  for (const { name, executor, ...live } of hosts.flatMap(({ servers }) => servers)) {
    if (live["origin"] === "built-in") executors.set(name, executor);
  }
  return [...executors].map(
    ([name, executor]): ServerRow => ({
      name,
      executor,
      transport: "in-process",
      origin: "built-in",
      enabled: true,
    }),
  );
}

async function recallAll(
  home: string,
  rows: readonly ServerRow[],
): Promise<ReadonlyMap<string, SeenTools | undefined>> {
  return new Map(
    await Promise.all(rows.map(async ({ name }) => [name, await recallToolCount(home, name)] as const)),
  );
}

/** Loaded only where it is needed: it brings along everything that starts servers. */
async function checkEnabled(
  servers: readonly ServerConfig[],
  flags: CommonFlags,
  terminal: Terminal,
): Promise<ReadonlyMap<string, CheckedServer>> {
  const { checkServers } = await import("./check-servers.js");
  using _progress = terminal.progress("Starting every server");
  return await checkServers(
    servers.filter(({ enabled }) => enabled),
    flags,
    terminal,
  );
}

function toRow(server: ServerConfig): ServerRow {
  return {
    name: server.name,
    executor: server.executor,
    transport: server.transport,
    enabled: server.enabled,
    ...(server.transport === "http"
      ? { url: maskUrl(server.url) }
      : { command: [server.command, ...maskArguments(server.args)].join(" ") }),
  };
}

function toBrokenRow({ name, origin, executor, transport, enabled, error }: BrokenServer): ServerRow {
  return {
    name,
    executor,
    transport,
    enabled,
    ...(origin === "connector" ? { origin } : {}),
    problem: error.message,
  };
}

function paintStatus(text: string, { good, bad, faint }: Paint): string {
  if (/^(?:ok|ready)\b/.test(text)) return good(text);
  if (/^(?:failed|broken)\b/.test(text)) return bad(text);
  return text === "disabled" ? faint(text) : text;
}

function statusOf(row: ServerRow): string {
  if (!row.enabled) return "disabled";
  if (row.problem !== undefined) return "failed: config";
  if (row.check?.status === "ready") return `ok, ${formatCount(row.check.tools, "tool")}`;
  if (row.check !== undefined) return "failed";
  const nowMs = Date.now();
  return liveWords(row.live ?? [], nowMs) ?? seenWords(row.cached, nowMs) ?? "enabled";
}
