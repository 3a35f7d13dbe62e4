import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Fetch } from "@fairlead/core";

/** The time of every test of inbound tokens, in milliseconds since the epoch. */
export const nowMs = Date.UTC(2026, 0, 1);

/** An issuer without a network: it signs tokens, and its keys can be read through its {@link fetch}. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly fetch: Fetch;
  /** The URLs that were asked for, in order. */
  readonly requests: string[];
  /** Whether it can be reached. @default true */
  isUp: boolean;
  /** What its introspection answers. */
  introspected: unknown;
  /** Takes a new key, and no longer tells of those before. */
  rotate(algorithm?: string): void;
  /** @param header default: the algorithm, the name and the type of an access token */
  token(claims?: object, header?: object): string;
}

/** What a good token says. */
export const goodClaims = {
  iss: "https://issuer.test/tenant",
  aud: "https://gateway.test/mcp",
  sub: "person",
  client_id: "client",
  scope: "read write",
  exp: nowMs / 1_000 + 60,
  iat: nowMs / 1_000,
} as const;

/** Makes one whose first key is of this algorithm. */
export function createTokenIssuer(algorithm = "ES256"): TokenIssuer {
  const issuer = goodClaims.iss;
  const requests: string[] = [];
  let generation = 0;
  let alg = algorithm;
  let pair = generate(alg);
  const made: TokenIssuer = {
    issuer,
    requests,
    isUp: true,
    introspected: { active: false },
    rotate: (next = alg) => {
      alg = next;
      pair = generate(alg);
      generation += 1;
    },
    token: (claims = {}, header = {}) => {
      const head = encode({ alg, kid: `key-${generation}`, typ: "at+jwt", ...header });
      const payload = encode({ ...goodClaims, ...claims });
      const signature = signed(alg, pair.privateKey, `${head}.${payload}`);
      return `${head}.${payload}.${signature.toString("base64url")}`;
    },
    fetch: (url) => {
      const { href, pathname } = new URL(url);
      requests.push(href);
      if (!made.isUp) return Promise.reject(new Error("down"));
      const key = { ...pair.publicKey.export({ format: "jwk" }), kid: `key-${generation}`, use: "sig" };
      const documents: Readonly<Record<string, unknown>> = {
        "/.well-known/openid-configuration/tenant": { issuer, jwks_uri: "https://issuer.test/keys" },
        "/keys": { keys: [{ kty: "oct", k: "c2VjcmV0" }, key] },
        "/introspect": made.introspected,
      };
      const document = documents[pathname];
      return Promise.resolve(
        new Response(JSON.stringify(document ?? {}), { status: document === undefined ? 404 : 200 }),
      );
    },
  };
  return made;
}

const curves: Readonly<Record<string, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

function generate(algorithm: string): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  const namedCurve = curves[algorithm];
  if (namedCurve !== undefined) return generateKeyPairSync("ec", { namedCurve });
  if (algorithm === "EdDSA") return generateKeyPairSync("ed25519");
  return generateKeyPairSync("rsa", { modulusLength: 2_048 });
}

function signed(algorithm: string, key: KeyObject, text: string): Buffer {
  const hash = algorithm === "EdDSA" ? null : `sha${algorithm.slice(2)}`;
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const options = { key, dsaEncoding: "ieee-p1363" as const, ...(algorithm.startsWith("PS") ? pss : {}) };
  return sign(hash, Buffer.from(text), options);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
