import type { ExecutorConfig } from "@fairlead/config";
import type { FairleadError } from "@fairlead/core";
import type { CheckId } from "../check-table.js";
import { commandLine, hostShell, lines, note, type Shell, shellWord } from "../shell-words.js";
import { startLine } from "./start-line.js";
import { tokenRemedy } from "./token-remedy.js";

/** What is wrong with the way to an executor, in a few words. */
export function failedWords(error: FairleadError, { address, url }: ExecutorConfig): string {
  const host = address.scheme === "unix" ? address.path : address.host;
  switch (error.reason) {
    case "dns_failed":
      return `the name ${host} is not known here`;
    case "connect_failed":
      return address.scheme === "unix" ? `nobody listens at ${address.path}` : `nothing answers at ${url}`;
    case "tls_failed":
      return tlsWords[String(error.details["systemCode"])] ?? "the TLS handshake failed";
    case "bad_token":
      return "it refused our token";
    case "version_mismatch":
      return "the two sides speak no common version";
    case "executor_draining":
      return "it is shutting down";
    case "proxy_failed":
      return "the proxy in between fails";
    case "executor_unreachable":
      return "what listens there is no fairlead-executor";
    default:
      return "no session could be opened";
  }
}

/** What lines to paste depend on beside the executor. */
export interface RemedyOptions {
  /** Of this machine: proxies. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** @default that of this machine */
  readonly shell?: Shell;
  /** @default that of this machine */
  readonly platform?: NodeJS.Platform;
}

/** What to type when a link of the way to an executor is broken. */
export function executorRemedy(
  { id, error }: { readonly id: CheckId; readonly error: FairleadError },
  executor: ExecutorConfig,
  options: RemedyOptions,
): string {
  const { name, address, url } = executor;
  switch (id) {
    case "executor-name":
      return lines(
        note(`correct the url of [executors.${name}] in config.toml, or the name server`),
        address.scheme === "unix" ? undefined : lookUp(address.host, options),
      );
    case "executor-port":
      return lines(
        note(
          `start it on its machine${withCertificate(executor)}, and open the tunnel or the firewall to it`,
        ),
        startLine(executor),
      );
    case "executor-tls":
      return tlsRemedy(error, executor);
    case "executor-token":
      return tokenRemedy(executor, options.shell);
    default:
      if (error.reason === "version_mismatch") {
        return lines(note("update the older side"), "npm install -g fairlead");
      }
      if (error.reason === "proxy_failed" && address.scheme !== "unix") {
        return lines(note("let it be reached directly"), exempt(address.host, options));
      }
      return lines(
        note(`look what listens at ${url}, and start the executor there${withCertificate(executor)}`),
        startLine(executor),
      );
  }
}

function withCertificate({ address }: ExecutorConfig): string {
  return address.scheme === "grpcs" ? " with its certificate and key" : "";
}

function lookUp(host: string, { platform = process.platform, shell }: RemedyOptions): string {
  if (platform === "win32") return commandLine(["nslookup", host], shell);
  if (platform === "darwin") return commandLine(["dscacheutil", "-q", "host", "-a", "name", host], shell);
  return commandLine(["getent", "hosts", host], shell);
}

/** Adds a host to those that no proxy is asked for; the transport reads no_grpc_proxy, and no_proxy only without it. */
function exempt(host: string, { env, shell = hostShell }: RemedyOptions): string {
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  const name = isSet("no_grpc_proxy") ? "no_grpc_proxy" : "no_proxy";
  if (shell === "powershell") {
    return `$env:${name} = ("$env:${name}," + '${host.replaceAll(/['\u2018-\u201b]/g, "$&$&")}').TrimStart(',')`;
  }
  // Others read the small one first: what the large one says must not be lost to them.
  const from = name === "no_proxy" && !isSet(name) && isSet("NO_PROXY") ? "NO_PROXY" : name;
  return `export ${name}="\${${from}:+$${from},}"${shellWord(host, shell)}`;
}

const tlsWords: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  CERT_REVOKED: "its certificate was revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is of an authority that we do not know",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is of an authority that we do not know",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is of an authority that we do not know",
  UNABLE_TO_GET_ISSUER_CERT: "its certificate is of an authority that we do not know",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is of an authority that we do not know",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
};

function tlsRemedy({ details }: FairleadError, executor: ExecutorConfig): string {
  const code = String(details["systemCode"]);
  const table = `[executors.${executor.name}]`;
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return lines(
      note("give it a new certificate, or set the clock of this machine; then start it again there"),
      startLine(executor),
    );
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return note(
      `use the name in the certificate in url, or say it in ${table}: tls = { server_name = "..." }`,
    );
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER") {
    return note(`start it there with --tls-cert and --tls-key, or use grpc:// through a tunnel in ${table}`);
  }
  return note(`trust the authority that signed it, in ${table}: tls = { ca = "/path/to/ca.pem" }`);
}
