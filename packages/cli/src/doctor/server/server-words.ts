import type { ServerConfig } from "@fairlead/config";
import type { FairleadError } from "@fairlead/core";
import { toStartFailure } from "@fairlead/mcp";
import { loginCommandLine } from "../../auth/login-errors.js";
import type { CheckId } from "../check-table.js";
import { commandAt, type Place, placeName } from "../place.js";
import { commandLine, lines, note, variableNote } from "../shell-words.js";

/** Why a server did not start, in a few words. */
export function startWords(error: FairleadError, server: Pick<ServerConfig, "transport">): string {
  const { details, reason } = error;
  const status = details["status"];
  switch (toStartFailure(error)) {
    case "command_not_found":
      return "its program is not found";
    case "cwd_missing":
      return "its working folder is not there";
    case "exited":
      return `it ends before it answers${exitWords(error)}`;
    case "handshake_timeout":
      return "it does not answer in time";
    case "protocol_error":
      return server.transport === "http"
        ? "what answers is no MCP server"
        : "what it writes to its stdout is not MCP";
    case "http_status":
      return status === 401 || status === 403
        ? `it does not accept the credentials (HTTP ${status})`
        : `it answers with HTTP ${String(status)}`;
    case "login_required":
      return "it wants a login, and nobody has logged in";
    case "reauthentication_required":
      return "the login is not valid any more";
    case "policy_denied":
      return "a policy forbids it";
    case "executor_unavailable":
      return "its executor was lost";
    case "config_invalid":
      return "its configuration cannot be used";
    default:
      return (
        reachWords[reason ?? ""] ??
        (server.transport === "http" ? "it cannot be reached" : "it cannot be started")
      );
  }
}

const reachWords: Readonly<Record<string, string>> = {
  dns_failed: "its host name is not known where the request leaves",
  connect_failed: "nothing answers at its address",
  tls_failed: "its certificate, or TLS, is refused",
  proxy_failed: "the proxy in between refuses or fails",
  connection_reset: "the connection breaks before it answers",
};

/** A link of a server's start that is broken. */
export interface BrokenLink {
  readonly id: CheckId;
  /** Undefined: it starts, but is odd. */
  readonly error: FairleadError | undefined;
}

/** What to type when a link of a server's start is broken. @param place where it runs, or its requests leave */
export function startRemedy({ id, error }: BrokenLink, server: ServerConfig, place: Place): string {
  const { name } = server;
  const table = `[mcp_servers.${name}]`;
  if (id === "server-auth") return authRemedy(error, server);
  if (id === "server-reach") return reachRemedy(error, server, place);
  if (id === "server-spawn") return note(`correct command, args and cwd of ${table}`);
  if (server.transport === "http") {
    return lines(
      note(`correct the path of url in ${table}; many servers answer at /mcp:`),
      curlLine(server, place),
    );
  }
  if (error?.details["failure"] === "handshake_timeout") {
    return lines(
      note(
        "a first start may have to download it: raise startup_timeout_sec, or start it by hand to see what it waits for",
      ),
      byHand(server, place),
    );
  }
  if (error?.details["failure"] === "exited") {
    return lines(note("its last words tell why; start it by hand where it runs:"), byHand(server, place));
  }
  return lines(
    note("its stdout is for MCP alone: let it, or its wrapper, write everything else to stderr"),
    byHand(server, place),
  );
}

function authRemedy(error: FairleadError | undefined, server: ServerConfig): string {
  const { login, failure } = error?.details ?? {};
  if (typeof login === "string") return login;
  if (failure === "login_required" || failure === "reauthentication_required")
    return loginCommandLine(server.name);
  const variable = server.transport === "http" ? server.bearerTokenVar?.name : undefined;
  if (variable === undefined) return note(`correct the headers of [mcp_servers.${server.name}]`);
  return lines(
    note(`put a token there that the server accepts, then start fairlead again`),
    variableNote(variable),
  );
}

function reachRemedy(error: FairleadError | undefined, server: ServerConfig, place: Place): string {
  if (error?.reason === "proxy_failed") {
    return lines(
      note(
        `correct HTTPS_PROXY or NO_PROXY where the request leaves, or set proxy = "none" in [mcp_servers.${server.name}]`,
      ),
    );
  }
  if (error?.reason === "tls_failed") {
    const program = place.executor === undefined ? "fairlead" : "fairlead-executor";
    return note(
      `trust its authority where the request leaves: start ${program} on ${placeName(place)} with SSL_CERT_FILE=/path/to/ca.pem`,
    );
  }
  return lines(
    note(`correct url, or start the server; it has to be reached from ${placeName(place)}:`),
    curlLine(server, place),
  );
}

function curlLine(server: ServerConfig, place: Place): string | undefined {
  if (server.transport !== "http") return undefined;
  const [curl, nowhere] = place.isWindows ? ["curl.exe", "NUL"] : ["curl", "/dev/null"];
  return commandAt(place, [curl, "-sv", "-o", nowhere, withoutSecrets(server.url)]);
}

/** Neither user and password nor a query: what is to be pasted may be shown to others. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** The command without its arguments, which may hold secrets. */
function byHand(server: ServerConfig, place: Place): string | undefined {
  if (server.transport !== "stdio") return undefined;
  return lines(commandLine(["fairlead", "get", server.name]), commandAt(place, [server.command, "--help"]));
}

function exitWords({ details }: FairleadError): string {
  if (details["exitSignal"] !== undefined) return ` (ended by ${String(details["exitSignal"])})`;
  return details["exitCode"] === undefined ? "" : ` (exit code ${String(details["exitCode"])})`;
}
