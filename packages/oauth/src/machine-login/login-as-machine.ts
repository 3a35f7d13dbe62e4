import { toFairleadError } from "@fairlead/core";
import type { ClientAuthentication, OAuthCredential } from "../credential.js";
import type { AuthorizationServer } from "../discovery/server-metadata.js";
import { type ConfiguredClient, demandIssuer } from "../login/choose-client.js";
import { type ClientIdentity, chooseAuthentication } from "../login/client-identity.js";
import type { LoginTarget } from "../login/login-options.js";
import { isWorthRetryWithoutScopes, prepareLogin } from "../login/prepare-login.js";
import { requestGrant, toCredential } from "../login/token-request.js";
import { readSigningKey, type SigningKeyOptions } from "./signing-key.js";

/** A client that acts for itself, and how it proves who it is. */
export type MachineClient = Pick<ConfiguredClient, "id" | "issuer"> &
  (
    | {
        readonly secret: string;
        /** @default what the server takes, the header first */
        readonly authentication?:
          | Extract<ClientAuthentication, "client_secret_basic" | "client_secret_post">
          | undefined;
      }
    | { readonly signingKey: SigningKeyOptions }
  );

/** A login without a person. */
export interface MachineLoginOptions extends LoginTarget {
  readonly client: MachineClient;
}

/**
 * Gets a token for a program that acts for itself (client credentials, with a secret or a signed assertion). There is nothing to
 * renew it with: who needs another one calls this again. Scopes and resource are chosen as for a person's login.
 * @throws FairleadError as `login` does, except for what concerns browsers and registration
 */
export async function loginAsMachine(options: MachineLoginOptions): Promise<OAuthCredential> {
  const { discovery, scopes, resource } = await prepareLogin(options);
  const { server } = discovery;
  demandIssuer(options.client, server);
  const client = await identityOf(options.client, server);
  const ask = async (wanted: readonly string[] | undefined): Promise<OAuthCredential> => {
    const { fetch, signal, serverName, serverUrl, executor = "" } = options;
    const { issuer, tokenEndpoint, revocationEndpoint } = server;
    const parameters = { grant_type: "client_credentials", scope: wanted?.join(" "), resource };
    const tokens = await requestGrant({ fetch, tokenEndpoint, issuer, client, parameters, signal });
    const facts = { serverName, serverUrl, executor, issuer, tokenEndpoint, revocationEndpoint, resource };
    return toCredential(
      // Some providers give one although it means nothing here (RFC 6749 4.4.3).
      { ...tokens, refreshToken: undefined },
      { ...facts, client, keepsSecret: false, requestedScopes: wanted },
    );
  };
  try {
    return await ask(scopes.scopes);
  } catch (error) {
    const known = toFairleadError(error);
    if (!isWorthRetryWithoutScopes(known, { scopes, isAllowed: options.retriesWithoutScopes })) throw known;
    return ask(undefined);
  }
}

async function identityOf(client: MachineClient, server: AuthorizationServer): Promise<ClientIdentity> {
  if ("signingKey" in client) {
    const signingKey = await readSigningKey(client.signingKey);
    return { clientId: client.id, authentication: "private_key_jwt", signingKey };
  }
  const offered = server.tokenEndpointAuthMethods;
  const authentication = client.authentication ?? chooseAuthentication({ hasSecret: true, offered });
  return { clientId: client.id, clientSecret: client.secret, authentication };
}
