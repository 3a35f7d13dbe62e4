/** What makes a credential the one of a server: where the server is reached from, its URL, and who issued the tokens. */
export interface CredentialKey {
  /** The executor that requests leave from; empty for this machine. */
  readonly executor: string;
  /** The endpoint's URL as configured, without a fragment. */
  readonly serverUrl: string;
  /** The issuer of the authorization server, verbatim. */
  readonly issuer: string;
}

/** How the client proves itself at the token endpoint. */
export type ClientAuthentication = "none" | "client_secret_post" | "client_secret_basic" | "private_key_jwt";

/** One login: everything that is needed to use it and to renew it without asking anybody. */
export interface OAuthCredential extends CredentialKey {
  /** Of the latest configuration that used it; for people only. */
  readonly serverName: string;
  /** The `resource` of RFC 8707 that was asked for, to be sent again at each renewal. */
  readonly resource?: string | undefined;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint?: string | undefined;
  readonly clientId: string;
  /** Of a registered client. One that is configured comes from its variable each time and is not kept. */
  readonly clientSecret?: string | undefined;
  readonly clientAuthentication: ClientAuthentication;
  readonly accessToken: string;
  readonly tokenType: string;
  readonly refreshToken?: string | undefined;
  /** What was granted; undefined: the server did not say. */
  readonly scopes?: readonly string[] | undefined;
  /** Milliseconds since the epoch; undefined: unknown. */
  readonly expiresAtMs?: number | undefined;
  /** SHA-256, hex, of the refresh token that the server refused: it is never sent again. */
  readonly refusedRefreshHash?: string | undefined;
  /**
   * Random, made by each login of a person and kept by its renewals: another one may be another person's. Undefined: a
   * machine's own login, or one by a version that had no such names.
   */
  readonly loginId?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly savedAtMs: number;
}
