import { constants, createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { type JsonObject, parseJsonObject } from "@fairlead/core";

/** A JSON Web Token, taken apart. Nothing in it is believed yet. */
export interface ParsedToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  /** The `typ` of its header in lower case, without `application/`; empty if it is no text. Undefined: it has none. */
  readonly type: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** A public key of a key set (RFC 7517). */
export type PublicJwk = JsonWebKey & {
  readonly kid?: unknown;
  readonly alg?: unknown;
  readonly use?: unknown;
};

interface Scheme {
  readonly hash: string | null;
  readonly keyType: string;
  readonly curve?: string;
  readonly isPss?: boolean;
}

/** Only what needs a private key to make: a secret that both sides know proves nothing here, and `none` never does. */
const schemes: Readonly<Record<string, Scheme>> = {
  RS256: { hash: "sha256", keyType: "RSA" },
  RS384: { hash: "sha384", keyType: "RSA" },
  RS512: { hash: "sha512", keyType: "RSA" },
  PS256: { hash: "sha256", keyType: "RSA", isPss: true },
  PS384: { hash: "sha384", keyType: "RSA", isPss: true },
  PS512: { hash: "sha512", keyType: "RSA", isPss: true },
  ES256: { hash: "sha256", keyType: "EC", curve: "P-256" },
  ES384: { hash: "sha384", keyType: "EC", curve: "P-384" },
  ES512: { hash: "sha512", keyType: "EC", curve: "P-521" },
  EdDSA: { hash: null, keyType: "OKP", curve: "Ed25519" },
  Ed25519: { hash: null, keyType: "OKP", curve: "Ed25519" },
};

/** Takes a token apart; undefined: it is no JSON Web Token that anybody could check here. */
export function parseToken(token: string): ParsedToken | undefined {
  const parts = token.split(".");
  const [head = "", payload = "", signature = ""] = parts;
  if (parts.length !== 3 || ![head, payload, signature].every((part) => /^[\w-]+$/.test(part)))
    return undefined;
  const header = parsePart(head);
  const claims = parsePart(payload);
  const algorithm = header?.["alg"];
  if (header === undefined || claims === undefined || typeof algorithm !== "string") return undefined;
  // An extension that its maker calls critical must be understood, and none is.
  if (!Object.hasOwn(schemes, algorithm) || "crit" in header) return undefined;
  const { kid, typ } = header;
  return {
    algorithm,
    keyId: typeof kid === "string" ? kid : undefined,
    type: typ === undefined ? undefined : typeof typ === "string" ? shortType(typ) : "",
    claims,
    signed: Buffer.from(`${head}.${payload}`),
    signature: Buffer.from(signature, "base64url"),
  };
}

/** Tells whether a key may have signed a token: of its kind, and of its name if it has one. */
export function fits(key: PublicJwk, { algorithm, keyId }: ParsedToken): boolean {
  const scheme = schemes[algorithm];
  if (scheme === undefined || key.kty !== scheme.keyType) return false;
  if (scheme.curve !== undefined && key.crv !== scheme.curve) return false;
  if (keyId !== undefined && key.kid !== keyId) return false;
  if (key.use !== undefined && key.use !== "sig") return false;
  return key.alg === undefined || key.alg === algorithm;
}

/** Tells whether a key signed a token. */
export function isSignedBy(key: PublicJwk, { algorithm, signed, signature }: ParsedToken): boolean {
  const scheme = schemes[algorithm];
  if (scheme === undefined) return false;
  try {
    // A plain copy: what a key set adds is no business of the crypto.
    const publicKey: KeyObject = createPublicKey({ key: { ...key }, format: "jwk" });
    const padding = scheme.isPss === true ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {};
    const saltLength = scheme.isPss === true ? { saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {};
    const options = { key: publicKey, dsaEncoding: "ieee-p1363" as const, ...padding, ...saltLength };
    return verify(scheme.hash, signed, options, signature);
  } catch {
    // A key that makes no sense signs nothing.
    return false;
  }
}

function shortType(type: string): string {
  return type.toLowerCase().replace(/^application\//, "");
}

function parsePart(part: string): JsonObject | undefined {
  return parseJsonObject(Buffer.from(part, "base64url").toString("utf8"));
}
