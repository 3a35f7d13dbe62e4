import { FairleadError, isJsonObject, toFairleadError } from "@fairlead/core";
import type { OAuthCredential } from "../credential.js";
import { textOf } from "../discovery/find-document.js";
import { checkedEndpoint, withoutQuery } from "../discovery/url-rules.js";
import { type ChosenClient, chooseClient } from "./choose-client.js";
import type { ClientIdentity } from "./client-identity.js";
import type { LoginSession } from "./login-options.js";
import { type DeviceGrant, pollForTokens } from "./poll-for-tokens.js";
import { postForm } from "./post-form.js";
import { isWorthRetryWithoutScopes } from "./prepare-login.js";
import { describeProviderError, printable, providerError } from "./provider-error.js";
import { toCredential } from "./token-request.js";

const deviceGrantType = "urn:ietf:params:oauth:grant-type:device_code";

/** Logs in with a code that the person types in on any other device (RFC 8628). Throws as `login` does. */
export async function loginByDevice(session: LoginSession): Promise<OAuthCredential> {
  const { options, discovery, resource } = session;
  const { issuer, tokenEndpoint, revocationEndpoint, deviceAuthorizationEndpoint } = discovery.server;
  if (deviceAuthorizationEndpoint === undefined) {
    throw new FairleadError(
      "usage",
      `The authorization server ${withoutQuery(issuer)} offers no login by device code. Log in without --device`,
      { reason: "feature_missing", effect: "none" },
    );
  }
  let client: ChosenClient | undefined;
  let scopes = session.scopes.scopes;
  try {
    for (let isFirst = true; ; isFirst = false) {
      try {
        client ??= await register(session, scopes);
        const { identity, isRegistered: keepsSecret } = client;
        const grant = await askForCode({
          session,
          client: identity,
          scopes,
          url: deviceAuthorizationEndpoint,
        });
        tellCode(session, grant);
        const parameters = { grant_type: deviceGrantType, device_code: grant.deviceCode, resource };
        const { fetch, signal, serverName, serverUrl, executor = "" } = options;
        const request = { fetch, tokenEndpoint, issuer, client: identity, parameters, signal };
        const tokens = await pollForTokens(grant, request);
        const facts = {
          serverName,
          serverUrl,
          executor,
          issuer,
          tokenEndpoint,
          revocationEndpoint,
          resource,
        };
        return toCredential(tokens, { ...facts, client: identity, keepsSecret, requestedScopes: scopes });
      } catch (error) {
        const isAllowed = options.retriesWithoutScopes;
        const known = toFairleadError(error);
        if (!isFirst || !isWorthRetryWithoutScopes(known, { scopes: session.scopes, isAllowed })) throw known;
        scopes = undefined;
      }
    }
  } catch (error) {
    await client?.forget();
    throw error;
  }
}

function register(session: LoginSession, scopes: readonly string[] | undefined): Promise<ChosenClient> {
  const { options, discovery } = session;
  const { fetch, serverUrl, signal } = options;
  return chooseClient(
    { configured: options.client, metadataUrl: options.clientMetadataUrl },
    discovery.server,
    { fetch, serverUrl, signal, scopes, redirectUris: [], grantTypes: [deviceGrantType, "refresh_token"] },
  );
}

async function askForCode(request: {
  readonly session: LoginSession;
  readonly client: ClientIdentity;
  readonly scopes: readonly string[] | undefined;
  readonly url: string;
}): Promise<DeviceGrant> {
  const { session, client, scopes, url } = request;
  const { options, discovery, resource } = session;
  const { status, body } = await postForm({
    fetch: options.fetch,
    url,
    client,
    issuer: discovery.server.issuer,
    parameters: { scope: scopes?.join(" "), resource },
    signal: options.signal,
  });
  const document = isJsonObject(body) ? body : {};
  const where = withoutQuery(url);
  const refusal = providerError(document, [client.clientSecret ?? ""]);
  if (refusal !== undefined) {
    throw new FairleadError(
      "forbidden",
      `${where} gave no code: ${describeProviderError(refusal)}. Log in without --device, or ask its operator`,
      { reason: "oauth_denied", effect: "none", details: { providerError: refusal.code, status } },
    );
  }
  if (status >= 500 || status === 429) {
    throw new FairleadError("unavailable", `${where} answered ${status}; try again later`, {
      reason: "http_status",
      details: { status },
    });
  }
  const deviceCode = textOf(document, "device_code");
  const userCode = textOf(document, "user_code");
  const place = textOf(document, "verification_uri") ?? textOf(document, "verification_url");
  if (deviceCode === undefined || userCode === undefined || place === undefined) {
    throw new FairleadError("protocol", `${where} answered ${status} without a code for the device`, {
      reason: "oauth_answer_invalid",
    });
  }
  const { serverUrl } = options;
  const complete = textOf(document, "verification_uri_complete");
  return {
    deviceCode,
    userCode: printable(userCode),
    verificationUrl: checkedEndpoint(place, { what: "address for device codes", serverUrl }).href,
    completeUrl:
      complete === undefined
        ? undefined
        : checkedEndpoint(complete, { what: "address for device codes", serverUrl }).href,
    lifetimeMs: secondsOf(document["expires_in"], 600) * 1000,
    intervalMs: secondsOf(document["interval"], 5) * 1000,
  };
}

function secondsOf(value: unknown, otherwise: number): number {
  const seconds = typeof value === "string" ? Number(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds > 0 ? seconds : otherwise;
}

function tellCode({ options }: LoginSession, grant: DeviceGrant): void {
  const { ui, onUrl, isSilent = false } = options;
  onUrl?.(grant.completeUrl ?? grant.verificationUrl);
  ui.showUrl(grant.verificationUrl, { isSilent });
  ui.tell(`Enter the code ${grant.userCode} there, on any device`);
}
