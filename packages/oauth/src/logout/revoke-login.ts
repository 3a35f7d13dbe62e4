import { type Fetch, toFairleadError } from "@fairlead/core";
import type { OAuthCredential } from "../credential.js";
import { clientOfLogin } from "../login/client-identity.js";
import { postForm } from "../login/post-form.js";
import { readSigningKey, type SigningKeyOptions } from "../machine-login/signing-key.js";

/** What a revocation is sent with. */
export interface RevocationOptions {
  /** Of the place that the server is reached from. */
  readonly fetch: Fetch;
  /** Of a client that is configured; one that was registered has it in the login. */
  readonly clientSecret?: string | undefined;
  /** Of a client that proves itself with a signed assertion. */
  readonly signingKey?: SigningKeyOptions | undefined;
  readonly signal: AbortSignal;
}

/** Nobody should wait for long to be rid of something. */
const deadlineMs = 5_000;

/**
 * Tells the authorization server that a login is not used any more (RFC 7009): the refresh token, which ends everything that
 * came of it, else the access token.
 * @returns what was in the way, for people; undefined if nothing, or if the server takes no such requests
 * @throws the signal's reason
 */
export async function revokeLogin(
  credential: OAuthCredential,
  { fetch, clientSecret, signingKey, signal }: RevocationOptions,
): Promise<string | undefined> {
  const { revocationEndpoint: url, refreshToken, accessToken, issuer } = credential;
  if (url === undefined) return undefined;
  try {
    const client = clientOfLogin(credential, {
      clientSecret,
      signingKey: signingKey === undefined ? undefined : await readSigningKey(signingKey),
    });
    const parameters = {
      token: refreshToken ?? accessToken,
      token_type_hint: refreshToken === undefined ? "access_token" : "refresh_token",
    };
    const { status } = await postForm({ fetch, url, client, issuer, parameters, signal, deadlineMs });
    return status >= 200 && status < 300
      ? undefined
      : `its authorization server answered with HTTP ${status}`;
  } catch (thrown) {
    signal.throwIfAborted();
    return toFairleadError(thrown).message;
  }
}
