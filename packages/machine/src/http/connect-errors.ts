import type { FairleadError } from "@fairlead/core";
import { codeOf, describe, notConnected } from "./http-errors.js";

/** The error of a name that could not be looked up. */
export function lookupError(host: string, cause: unknown): FairleadError {
  const code = codeOf(cause);
  const problem =
    code === "ENOTFOUND" || code === "ENODATA"
      ? "is not known"
      : code === "EAI_AGAIN"
        ? "could not be looked up because no name server answered"
        : `could not be looked up (${code ?? describe(cause)})`;
  return notConnected(
    "dns_failed",
    `The host name ${host} ${problem} where the request leaves. Check its spelling and the name servers of that machine`,
    { cause, details: { host } },
  );
}

/** The error of a TCP connection that did not come about. */
export function connectError(target: string, cause: unknown): FairleadError {
  return notConnected(
    "connect_failed",
    `The server ${target} cannot be reached: ${connectProblem(cause)}. Check that the server runs and that the way to it is open`,
    { cause, details: { target } },
  );
}

/** The error of a TLS handshake, with what is wrong with the certificate where that is it. */
export function tlsError(target: string, cause: unknown): FairleadError {
  const [problem, advice] = tlsProblem(cause);
  return notConnected("tls_failed", `The server ${target} cannot be trusted: ${problem}. ${advice}`, {
    cause,
    details: { target },
  });
}

/** What is wrong with a TLS handshake, and what to do about it. */
export function tlsProblem(cause: unknown): readonly [problem: string, advice: string] {
  return (
    tlsProblems[codeOf(cause) ?? ""] ?? [
      `the TLS handshake failed (${describe(cause)})`,
      "Check that the server speaks TLS on this port",
    ]
  );
}

/** What is wrong with a TCP connection that did not come about. */
export function connectProblem(cause: unknown): string {
  return connectProblems[codeOf(cause) ?? ""] ?? `the connection failed (${describe(cause)})`;
}

/** The error of a proxy that could not be reached or did not do what it was asked. */
export function proxyError(proxy: string, problem: string, told: ProxyFacts = {}): FairleadError {
  const status = told.status === undefined ? {} : { status: told.status };
  return notConnected(
    "proxy_failed",
    `The proxy ${proxy} ${problem}. Check HTTP_PROXY and HTTPS_PROXY, or name the host in NO_PROXY`,
    { cause: told.cause, details: { proxy, ...status } },
  );
}

/** What is known about a proxy's failure beside the words. */
export interface ProxyFacts {
  readonly cause?: unknown;
  /** The status of its answer. */
  readonly status?: number;
}

const connectProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused, nothing listens there",
  ECONNRESET: "the connection was reset while it was made",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "there is no route to the network",
  ETIMEDOUT: "nothing answered in time",
  EADDRNOTAVAIL: "the address cannot be used from this machine",
  EACCES: "this machine does not permit the connection",
  EPERM: "this machine does not permit the connection",
  EMFILE: "this process has too many open files",
};

const trustIt = "Trust its authority with SSL_CERT_FILE (a PEM file) on the machine where the request leaves";
const unknownAuthority = ["its certificate comes from an authority that is not known", trustIt] as const;

const tlsProblems: Readonly<Record<string, readonly [problem: string, advice: string]>> = {
  CERT_HAS_EXPIRED: [
    "its certificate has expired",
    "Renew the certificate, or check the clock of this machine",
  ],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet", "Check the clocks of both machines"],
  CERT_REVOKED: ["its certificate was revoked", "Give the server a new certificate"],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["its certificate is self-signed", trustIt],
  SELF_SIGNED_CERT_IN_CHAIN: ["the chain of its certificate ends in a self-signed one", trustIt],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "its certificate is for another host name",
    "Use the name that the certificate holds, or give the server a certificate for this one",
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    "it does not speak TLS",
    "Use http:// for it, or the port of its TLS listener",
  ],
  ECONNRESET: [
    "it broke the TLS handshake off",
    "Check that the server speaks TLS on this port, and its log for the reason",
  ],
};
