import { FairleadError, toFairleadError } from "@fairlead/core";
import type { OAuthCredential } from "../credential.js";
import { withoutQuery } from "../discovery/url-rules.js";
import { type AuthorizationRound, authorize, type RoundResult } from "./authorize.js";
import { callbackAddress } from "./callback-address.js";
import { type CallbackArrival, openCallbackListener } from "./callback-listener.js";
import { type ChosenClient, chooseClient } from "./choose-client.js";
import { type LoginSession, loginTimeLimitMs } from "./login-options.js";
import { readPasted } from "./pasted-lines.js";
import { isWorthRetryWithoutScopes } from "./prepare-login.js";

/** Logs in through a browser (authorization code with PKCE). Throws as `login` does. */
export async function loginByCode(session: LoginSession): Promise<OAuthCredential> {
  const { options } = session;
  const authorizationEndpoint = usableEndpoint(session);
  const limitMs = options.timeLimitMs ?? loginTimeLimitMs;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(tooLate(session, limitMs)), limitMs);
  const signal =
    options.signal === undefined ? limit.signal : AbortSignal.any([options.signal, limit.signal]);
  const address = callbackAddress(options.callback ?? {});
  try {
    // Before registering, because the client is registered with the port.
    await using listener = await openCallbackListener(address);
    if (address.hint !== undefined) options.ui.tell(address.hint);
    const pasted = readPasted(options.ui.pasted);
    try {
      const url = options.browserAuthorizationUrl ?? authorizationEndpoint;
      return await attempt({ session, listener, pasted, signal, authorizationUrl: url });
    } finally {
      pasted.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

type RoundBasis = Omit<AuthorizationRound, "client" | "keepsSecret" | "scopes" | "browser">;

/** One attempt, and a second one without scopes where the provider refuses what only the server told of. */
async function attempt(basis: RoundBasis): Promise<OAuthCredential> {
  const { session } = basis;
  let client: ChosenClient | undefined;
  let scopes = session.scopes.scopes;
  let browser: CallbackArrival | undefined;
  try {
    for (let isFirst = true; ; isFirst = false) {
      const result = await tryOnce(async () => {
        client ??= await register(basis, scopes);
        return authorize({
          ...basis,
          client: client.identity,
          keepsSecret: client.isRegistered,
          scopes,
          browser,
        });
      });
      if (result.kind === "done") return result.credential;
      const { error } = result;
      const isAllowed = session.options.retriesWithoutScopes;
      if (!isFirst || !isWorthRetryWithoutScopes(error, { scopes: session.scopes, isAllowed })) {
        result.browser?.show({ status: 400, title: "Not logged in", text: error.message });
        throw error;
      }
      session.options.ui.tell(
        "The scopes that the server told of were refused; asking once more without any",
      );
      scopes = undefined;
      browser = result.browser;
    }
  } catch (error) {
    // Whoever begins another login needs the port, and this request may take its time.
    await basis.listener.close();
    await client?.forget();
    throw error;
  }
}

async function tryOnce(round: () => Promise<RoundResult>): Promise<RoundResult> {
  try {
    return await round();
  } catch (error) {
    return { kind: "refused", error: toFairleadError(error), browser: undefined };
  }
}

function register(basis: RoundBasis, scopes: readonly string[] | undefined): Promise<ChosenClient> {
  const { session, listener, signal } = basis;
  const { options, discovery } = session;
  return chooseClient(
    { configured: options.client, metadataUrl: options.clientMetadataUrl },
    discovery.server,
    {
      fetch: options.fetch,
      serverUrl: options.serverUrl,
      redirectUris: [listener.redirectUri],
      grantTypes: ["authorization_code", "refresh_token"],
      scopes,
      signal,
    },
  );
}

/** MCP demands that a server says it does PKCE; its first revision had nothing where a server could say so. */
function usableEndpoint({ discovery }: LoginSession): string {
  const { authorizationEndpoint, codeChallengeMethods, issuer } = discovery.server;
  const isSilentOfOld = codeChallengeMethods === undefined && discovery.source !== "resource_metadata";
  if (authorizationEndpoint === undefined || !(isSilentOfOld || codeChallengeMethods?.includes("S256"))) {
    const lack = authorizationEndpoint === undefined ? "an authorization endpoint" : "PKCE with S256";
    throw new FairleadError(
      "protocol",
      `The authorization server ${withoutQuery(issuer)} does not say that it has ${lack}, without which nobody logs in by browser. ` +
        "Report it to its operator",
      { reason: "oauth_discovery_failed", effect: "none" },
    );
  }
  return authorizationEndpoint;
}

function tooLate({ options }: LoginSession, limitMs: number): FairleadError {
  return new FairleadError(
    "deadline_exceeded",
    `Nobody came back from the browser for the login to ${JSON.stringify(options.serverName)} within ${Math.round(limitMs / 1000)} s. Try again`,
    { effect: "none", details: { limit: "login" } },
  );
}
