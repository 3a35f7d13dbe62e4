import type { ExecutorConfig } from "@fairlead/config";
import type { FairleadError } from "@fairlead/core";
import type { CheckId } from "../check-table.js";
import { lines, note, shellWord } from "../shell-words.js";

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

/** What to type when a link of the way to an executor is broken. */
export function executorRemedy(id: CheckId, error: FairleadError, executor: ExecutorConfig): string {
  const { name, address, url } = executor;
  switch (id) {
    case "executor-name":
      return lines(
        note(`correct the url of [executors.${name}] in config.toml, or the name server`),
        `getent hosts ${address.scheme === "unix" ? "" : shellWord(address.host)}`,
      );
    case "executor-port":
      return lines(
        note("start it on its machine, and open the tunnel or the firewall to it"),
        `fairlead-executor serve --listen ${listenOf(executor)}`,
      );
    case "executor-tls":
      return tlsRemedy(error, executor);
    case "executor-token":
      return lines(note("copy the token from its machine"), ...tokenLines(executor));
    default:
      if (error.reason === "version_mismatch") {
        return lines(note("update the older side"), "npm install -g fairlead");
      }
      if (error.reason === "proxy_failed" && address.scheme !== "unix") {
        return lines(note("let it be reached directly"), `export no_proxy=${shellWord(address.host)}`);
      }
      return lines(
        note(`look what listens at ${url}, and start the executor there`),
        `fairlead-executor serve --listen ${listenOf(executor)}`,
      );
  }
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
      `fairlead-executor serve --listen ${listenOf(executor)} --tls-cert new.pem --tls-key new.key`,
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

function tokenLines({ name, token }: ExecutorConfig): readonly string[] {
  if (token?.kind === "env")
    return [`export ${token.name}="$(ssh ${shellWord(name)} cat .fairlead/executor.token)"`];
  const file = token?.path ?? `${name}.token`;
  return [`scp ${shellWord(name)}:.fairlead/executor.token ${shellWord(file)}`];
}

function listenOf({ address, url }: ExecutorConfig): string {
  if (address.scheme === "unix") return shellWord(url);
  return address.scheme === "grpc" ? `127.0.0.1:${address.port}` : `0.0.0.0:${address.port}`;
}
