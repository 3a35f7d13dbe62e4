import type { AuthReport } from "@fairlead/oauth";
import { storedAuth } from "../auth/auth-status.js";
import { createCredentials } from "../auth/credentials.js";
import { plainCell } from "../output/plain-text.js";
import { formatTable } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";
import { formatDuration } from "../output/units.js";
import type { CommonFlags } from "./flags.js";
import { describeInvalid, loadSettings } from "./settings.js";

/** How one server is signed in to. */
export type AuthRow = AuthReport & { readonly name: string; readonly executor: string };

/** `fairlead auth status`: how each configured server with an address is signed in to. It asks the store, and nobody else. */
export async function authStatusCommand(flags: CommonFlags, terminal: Terminal): Promise<void> {
  const { home, config, invalid } = await loadSettings(flags, terminal, { lenient: "entries" });
  if (invalid !== undefined) terminal.warn(describeInvalid(invalid, config), flags.json === true);
  const { logins } = config;
  const warn = (text: string): void => terminal.warn(text, flags.json === true);
  const credentials = createCredentials({ home, logins, env: process.env, warn });
  const servers = [...config.servers.values(), ...config.connectors.values()];
  const nowMs = Date.now();
  const rows: AuthRow[] = [];
  for (const server of servers) {
    const auth = await storedAuth(server, credentials, nowMs);
    if (auth !== undefined) rows.push({ name: server.name, executor: server.executor, ...auth });
  }
  const store = await credentials.openIfUsed().catch(() => undefined);
  if (flags.json === true) {
    const kind = store?.kind ?? null;
    terminal.printJson({ store: { setting: logins.store, kind, folder: credentials.folder }, servers: rows });
    return;
  }
  if (rows.length === 0) terminal.tell("No server with an address is configured.");
  else terminal.print(formatAuths(rows, nowMs, process.stdout.columns ?? Number.POSITIVE_INFINITY));
  for (const { name, problem } of rows) if (problem !== undefined) warn(`${name}: ${problem}`);
}

/** Lays out how servers are signed in to, one line each. What an authorization server named cannot leave its cell. */
export function formatAuths(rows: readonly AuthRow[], nowMs: number, widthChars: number): string {
  const cells = rows.map((row) =>
    [row.name, row.executor, row.status, expiryOf(row, nowMs), row.scopes?.join(" ") ?? ""].map(plainCell),
  );
  return formatTable(["NAME", "EXECUTOR", "AUTH", "TOKEN", "SCOPES"], cells, widthChars);
}

function expiryOf(
  { expiresAtMs, isMachine, isRenewable, issuer, status }: AuthReport,
  nowMs: number,
): string {
  if (status !== "oauth" && status !== "reauthentication_required") return "";
  if (isMachine === true && issuer === undefined) return "by itself (client_credentials)";
  const renewal = isRenewable === true ? ", renewed by itself" : "";
  if (expiresAtMs === undefined) return `end unknown${renewal}`;
  const leftMs = expiresAtMs - nowMs;
  return leftMs > 0 ? `${formatDuration(leftMs)} left${renewal}` : `over${renewal}`;
}
