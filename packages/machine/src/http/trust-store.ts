import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import type { EnvironmentValues } from "../environment/build-environment.js";
import { describe, notConnected } from "./http-errors.js";

/** Certificate authorities that are trusted beside Node's own. */
export interface TrustOptions {
  /** PEM text of one or several certificates. */
  readonly ca?: string | undefined;
  /** A PEM file. One that cannot be read fails every https request with `tls_failed`. */
  readonly caFile?: string | undefined;
}

/** The authorities that certificates are checked against. */
export interface TrustStore {
  /**
   * What TLS needs; undefined where Node's own defaults are all there is. Files are read once.
   * @throws FairleadError `unavailable`/`tls_failed` where an authority that was asked for cannot be read
   */
  secureContext(): Promise<SecureContext | undefined>;
}

/**
 * Makes the trust store of a client: Node's authorities, those of the options, and those in the files that SSL_CERT_FILE and
 * NODE_EXTRA_CA_CERTS name. The latter are extra: a file that is missing there is passed over, as Node and OpenSSL do.
 */
export function createTrustStore(options: TrustOptions, environment: EnvironmentValues): TrustStore {
  let loading: Promise<SecureContext | undefined> | undefined;
  return {
    secureContext() {
      loading ??= load(options, environment);
      return loading;
    },
  };
}

async function load(
  { ca, caFile }: TrustOptions,
  environment: EnvironmentValues,
): Promise<SecureContext | undefined> {
  const extra = ca === undefined ? [] : required(ca, "given as text");
  if (caFile !== undefined) extra.push(...required(await readRequired(caFile), `in ${caFile}`));
  for (const name of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]) {
    const file = Object.hasOwn(environment, name) ? (environment[name] ?? "") : "";
    const text = file === "" ? "" : await readFile(file, "utf8").catch(() => "");
    extra.push(...certificatesIn(text).filter((pem) => problemWith(pem) === undefined));
  }
  // A list of authorities replaces Node's own, so these are named again.
  return extra.length === 0 ? undefined : createSecureContext({ ca: [...rootCertificates, ...extra] });
}

async function readRequired(caFile: string): Promise<string> {
  try {
    return await readFile(caFile, "utf8");
  } catch (cause) {
    throw notConnected(
      "tls_failed",
      `The certificate authorities in ${caFile} cannot be read: ${describe(cause)}. Correct the path`,
      { cause },
    );
  }
}

/** Node passes over what is no certificate without a word; somebody who asked for it wants to know. */
function required(text: string, where: string): string[] {
  const certificates = certificatesIn(text);
  const problem =
    certificates.length === 0
      ? "there is none"
      : certificates.map(problemWith).find((found) => found !== undefined);
  if (problem === undefined) return certificates;
  throw notConnected(
    "tls_failed",
    `The certificate authorities ${where} cannot be used: ${problem}. Give certificates in PEM`,
  );
}

function certificatesIn(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
}

function problemWith(pem: string): string | undefined {
  try {
    const { raw } = new X509Certificate(pem);
    return raw.byteLength > 0 ? undefined : "one is empty";
  } catch (error) {
    return describe(error);
  }
}
