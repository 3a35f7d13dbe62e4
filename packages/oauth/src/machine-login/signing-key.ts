import { createPrivateKey, type KeyObject, webcrypto } from "node:crypto";
import { FairleadError } from "@fairlead/core";
import type { SigningKey } from "../login/client-identity.js";

/** A private key as it is kept. */
export interface SigningKeyOptions {
  /** PKCS#8, PKCS#1 or SEC 1, without a pass phrase. */
  readonly privateKeyPem: string;
  /** `ES256`, `ES384`, `ES512`, `RS256`, `PS256` and their longer ones, or `EdDSA`. @default what the key is for */
  readonly algorithm?: string | undefined;
  readonly keyId?: string | undefined;
}

/**
 * Reads a key that signs assertions.
 * @throws FairleadError `usage` `config_invalid`; nothing of the key is in it
 */
export async function readSigningKey(options: SigningKeyOptions): Promise<SigningKey> {
  const keyObject = readPem(options.privateKeyPem);
  const algorithm = options.algorithm ?? defaultAlgorithm(keyObject);
  const parameters = importParameters(algorithm, keyObject);
  if (parameters === undefined) throw unusable(`is not for ${algorithm}`);
  const bytes = keyObject.export({ format: "der", type: "pkcs8" });
  const key = await webcrypto.subtle.importKey("pkcs8", bytes, parameters, false, ["sign"]);
  return { key, keyId: options.keyId, algorithm };
}

function readPem(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // Without the cause: some versions of OpenSSL repeat what they could not read.
    throw unusable("cannot be read: a PEM file without a pass phrase is wanted");
  }
}

const curves: Readonly<Record<string, readonly [algorithm: string, curve: string]>> = {
  prime256v1: ["ES256", "P-256"],
  secp384r1: ["ES384", "P-384"],
  secp521r1: ["ES512", "P-521"],
};

function defaultAlgorithm(key: KeyObject): string {
  switch (key.asymmetricKeyType) {
    case "ec":
      return curves[key.asymmetricKeyDetails?.namedCurve ?? ""]?.[0] ?? "ES256";
    case "rsa-pss":
      return "PS256";
    case "ed25519":
      return "EdDSA";
    case undefined:
    default:
      return "RS256";
  }
}

function importParameters(
  algorithm: string,
  key: KeyObject,
): webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams | webcrypto.Algorithm | undefined {
  const type = key.asymmetricKeyType;
  const [family, bits] = [algorithm.slice(0, 2), algorithm.slice(2)];
  if (type === "ec") {
    const [own, namedCurve] = curves[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? [];
    return namedCurve !== undefined && own === algorithm ? { name: "ECDSA", namedCurve } : undefined;
  }
  if (type === "ed25519") {
    return algorithm === "EdDSA" || algorithm === "Ed25519" ? { name: "Ed25519" } : undefined;
  }
  if (type !== "rsa" && type !== "rsa-pss") return undefined;
  if (!["256", "384", "512"].includes(bits)) return undefined;
  if (family === "PS") return { name: "RSA-PSS", hash: `SHA-${bits}` };
  return family === "RS" && type === "rsa" ? { name: "RSASSA-PKCS1-v1_5", hash: `SHA-${bits}` } : undefined;
}

function unusable(problem: string): FairleadError {
  return new FairleadError("usage", `The private key of the client ${problem}. Give another one`, {
    reason: "config_invalid",
    effect: "none",
  });
}
