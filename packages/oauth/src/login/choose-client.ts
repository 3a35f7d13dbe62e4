import { FairleadError } from "@fairlead/core";
import { type AuthorizationServer, isSameIssuer } from "../discovery/server-metadata.js";
import { withoutQuery } from "../discovery/url-rules.js";
import { type ClientIdentity, chooseAuthentication } from "./client-identity.js";
import { type RegisteredClient, type Registration, registerClient } from "./register-client.js";

/** Clients that a login may use. */
export interface ClientWishes {
  /** One that the authorization server knows already. */
  readonly configured?: ConfiguredClient | undefined;
  /** The URL of a client metadata document, for servers that take such. */
  readonly metadataUrl?: string | undefined;
}

/** A client that somebody registered by hand. */
export interface ConfiguredClient {
  readonly id: string;
  readonly secret?: string | undefined;
  /** The only authorization server that may see the secret. @default whichever the server names */
  readonly issuer?: string | undefined;
}

/** The client of one login. */
export interface ChosenClient extends RegisteredClient {
  /** Whether it was registered just now. */
  readonly isRegistered: boolean;
}

/**
 * Chooses the client: configured, else the metadata document where the server takes such, else one that is registered now.
 * @throws FairleadError `usage` `oauth_client_missing` where the server registers none; as {@link registerClient} does
 */
export async function chooseClient(
  wishes: ClientWishes,
  server: AuthorizationServer,
  registration: Omit<Registration, "registrationEndpoint" | "offeredAuthMethods">,
): Promise<ChosenClient> {
  const offered = server.tokenEndpointAuthMethods;
  if (wishes.configured !== undefined) {
    const { id, secret } = wishes.configured;
    demandIssuer(wishes.configured, server);
    const authentication = chooseAuthentication({ hasSecret: secret !== undefined, offered });
    return known({ clientId: id, clientSecret: secret, authentication });
  }
  if (wishes.metadataUrl !== undefined && server.takesClientMetadataUrl) {
    return known({ clientId: wishes.metadataUrl, authentication: "none" });
  }
  if (server.registrationEndpoint === undefined) {
    throw new FairleadError(
      "usage",
      `The authorization server ${withoutQuery(server.issuer)} registers no clients by itself. ` +
        "Have one registered there, and configure its oauth.client_id",
      { reason: "oauth_client_missing", effect: "none" },
    );
  }
  const { registrationEndpoint } = server;
  const client = await registerClient({ ...registration, registrationEndpoint, offeredAuthMethods: offered });
  return { ...client, isRegistered: true };
}

/**
 * Keeps a client to the authorization server that knows it.
 * @throws FairleadError `usage` `config_invalid` where the server names another one
 */
export function demandIssuer(
  client: Pick<ConfiguredClient, "id" | "issuer">,
  server: Pick<AuthorizationServer, "issuer">,
): void {
  if (client.issuer === undefined || isSameIssuer(client.issuer, server.issuer)) return;
  throw new FairleadError(
    "usage",
    `The client ${JSON.stringify(client.id)} belongs to ${withoutQuery(client.issuer)}, but the server now names ${withoutQuery(server.issuer)}. ` +
      "Find out why, before you have a client registered there",
    { reason: "config_invalid", effect: "none" },
  );
}

function known(identity: ClientIdentity): ChosenClient {
  return { identity, isRegistered: false, forget: async () => {} };
}
