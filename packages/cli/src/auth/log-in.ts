import type { HttpServerConfig } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { type LoginOptions, type LoginUi, login, type OAuthCredential } from "@fairlead/oauth";
import { toResource } from "../commands/add-entry.js";
import type { CommandContext } from "../commands/context.js";
import { exitOf } from "../runtime/server-exit.js";
import { readClientSecret } from "./client-secret.js";
import { credentialPlace } from "./credential-place.js";
import { loginPlaceOf } from "./login-terminal.js";
import { isMachineServer, logInAsMachine } from "./machine-login.js";
import { hasConfiguredCredentials } from "./request-tokens.js";

/** What was typed about one login. */
export interface LoginFlags {
  /** An empty list asks for none. */
  readonly scopes?: readonly string[];
  readonly oauthClientId?: string;
  /** `none`: no resource is named. */
  readonly oauthResource?: string;
  readonly device?: boolean;
  /** Whether scopes that only the server told of may be left out, where they are refused. @default true */
  readonly isRetriedWithout?: boolean;
}

/** What a login works with. */
export interface LoginSurroundings {
  readonly context: Pick<CommandContext, "credentials" | "env" | "http" | "pool" | "signal">;
  readonly ui: LoginUi;
  /** Told the page at once, whoever shows it. */
  readonly onUrl?: ((url: string) => void) | undefined;
}

/**
 * Logs a person in to a server and keeps the login. Requests leave from where the server is reached; the browser, its way
 * back and the store are here.
 * @throws FairleadError `usage` where the configuration says already what requests are signed with; as `CredentialStore.write`
 * does, before anybody is asked for anything; as `login` does
 */
export async function logIn(
  server: HttpServerConfig,
  flags: LoginFlags,
  { context, ui, onUrl }: LoginSurroundings,
): Promise<OAuthCredential> {
  refuseConfigured(server);
  const { credentials, env, signal } = context;
  const settings = server.login;
  const place = credentialPlace(server);
  const store = await credentials.open();
  // Whoever cannot keep a login should know before the browser opens. Who will issue it is not known yet.
  await store.withLock({ ...place, issuer: "" }, () => store.checkWritable(), signal);
  const exit = exitOf(server, context);
  await exit.open(signal);
  const client = clientOf(server, flags, env);
  const credential = await login({
    serverName: server.name,
    ...place,
    fetch: exit.fetch,
    ui,
    ...(onUrl === undefined ? {} : { onUrl }),
    place: loginPlaceOf(env),
    ...(client === undefined ? {} : { client }),
    clientMetadataUrl: settings.clientMetadataUrl,
    preferredIssuer: settings.issuer,
    browserAuthorizationUrl: settings.authorizationUrl,
    callback: { port: settings.callbackPort, url: settings.callbackUrl },
    scopes: flags.scopes,
    configuredScopes: settings.scopes,
    resource: flags.oauthResource === undefined ? settings.resource : toResource(flags.oauthResource),
    device: flags.device === true,
    retriesWithoutScopes: flags.isRetriedWithout,
    signal,
  });
  await store.withLock(credential, () => store.write(credential), signal);
  return credential;
}

/**
 * Gets a token as programs do that need one, and keeps it, to show at once whether the configuration works.
 * @throws FairleadError `usage` where something was typed that only a browser would be told; as {@link logInAsMachine}
 */
export async function checkMachineLogin(
  server: HttpServerConfig,
  flags: LoginFlags,
  { credentials, env, http, pool, signal }: LoginSurroundings["context"],
): Promise<OAuthCredential> {
  const { scopes, oauthClientId, oauthResource, device } = flags;
  if ([scopes, oauthClientId, oauthResource, device].some((flag) => flag !== undefined))
    refuseConfigured(server);
  const store = await credentials.open();
  const exit = exitOf(server, { http, pool });
  await exit.open(signal);
  const credential = await logInAsMachine(server, { env, fetch: exit.fetch, signal });
  await store.withLock(credential, () => store.write(credential), signal);
  return credential;
}

function refuseConfigured(server: HttpServerConfig): void {
  if (isMachineServer(server)) {
    throw new FairleadError(
      "usage",
      `Nobody logs in to server '${server.name}': oauth.grant = "client_credentials" gets its tokens without a person`,
      { reason: "argument_invalid", effect: "none", details: { server: server.name } },
    );
  }
  if (!hasConfiguredCredentials(server)) return;
  const what = server.bearerTokenVar === undefined ? "an Authorization header" : "bearer_token_env_var";
  throw new FairleadError(
    "usage",
    `Server '${server.name}' has ${what}, which wins over a login: remove that from its configuration first`,
    { reason: "config_invalid", effect: "none", details: { server: server.name } },
  );
}

function clientOf(
  server: HttpServerConfig,
  flags: LoginFlags,
  env: Readonly<NodeJS.ProcessEnv>,
): LoginOptions["client"] {
  const { clientId, clientSecretVar, issuer } = server.login;
  const id = flags.oauthClientId ?? clientId;
  if (id === undefined) return undefined;
  // The secret in the configuration is that of the client there.
  if (clientSecretVar === undefined || id !== clientId) return { id, issuer };
  return { id, secret: readClientSecret(server, clientSecretVar, env), issuer };
}
