import type { PrivateKey } from "oauth4webapi";
import type { ClientAuthentication, OAuthCredential } from "../credential.js";

/** Who a client is at an authorization server, and how it proves it. */
export interface ClientIdentity {
  readonly clientId: string;
  readonly authentication: ClientAuthentication;
  /** For `client_secret_basic` and `client_secret_post`. */
  readonly clientSecret?: string | undefined;
  /** For `private_key_jwt`. */
  readonly signingKey?: SigningKey | undefined;
}

/** A private key that signs assertions. */
export interface SigningKey {
  readonly key: PrivateKey["key"];
  /** The `kid` of the assertion's header, where the provider tells keys apart by it. */
  readonly keyId?: string | undefined;
  /** The `alg` of the assertion's header, where it is spelled otherwise than the key says. */
  readonly algorithm?: string | undefined;
}

/**
 * Chooses how a client with a secret proves itself: as it was told at its registration, else what the server takes, the header
 * first (RFC 6749 2.3.1); a server that does not say takes the header (RFC 8414 2).
 */
export function chooseAuthentication(facts: {
  readonly hasSecret: boolean;
  readonly registered?: string | undefined;
  readonly offered: readonly string[] | undefined;
}): ClientAuthentication {
  if (!facts.hasSecret) return "none";
  const { registered, offered } = facts;
  if (registered === "client_secret_basic" || registered === "client_secret_post" || registered === "none") {
    return registered;
  }
  if (offered === undefined || offered.includes("client_secret_basic")) return "client_secret_basic";
  if (offered.includes("client_secret_post")) return "client_secret_post";
  return offered.includes("none") ? "none" : "client_secret_basic";
}

/** What a client that is configured proves itself with, as far as it is kept there and not in the login. */
export interface ConfiguredProof {
  /** The secret, or what reads it, which throws where it is missing. */
  readonly clientSecret?: string | (() => string | undefined) | undefined;
  readonly signingKey?: SigningKey | undefined;
}

/**
 * The client of a login. Its own secret wins: it was registered for this login alone.
 * @throws whatever reading the configured secret does, where it is needed
 */
export function clientOfLogin(
  { clientId, clientSecret, clientAuthentication: authentication }: OAuthCredential,
  configured: ConfiguredProof,
): ClientIdentity {
  const { signingKey } = configured;
  if (authentication === "none" || authentication === "private_key_jwt") {
    return { clientId, authentication, signingKey };
  }
  const read = configured.clientSecret;
  return {
    clientId,
    authentication,
    clientSecret: clientSecret ?? (typeof read === "function" ? read() : read),
  };
}
