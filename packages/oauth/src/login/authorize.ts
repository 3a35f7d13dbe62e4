import { type FairleadError, toFairleadError, untilAborted } from "@fairlead/core";
import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomState } from "oauth4webapi";
import type { OAuthCredential } from "../credential.js";
import type { CallbackArrival, CallbackListener } from "./callback-listener.js";
import { codeOf, isAnswerTo, pastedParameters } from "./callback-parameters.js";
import type { ClientIdentity } from "./client-identity.js";
import type { LoginSession } from "./login-options.js";
import type { PastedLines } from "./pasted-lines.js";
import { presentUrl } from "./present-url.js";
import { requestGrant, toCredential } from "./token-request.js";

/** One way to the provider and back. */
export interface AuthorizationRound {
  readonly session: LoginSession;
  /** What the browser opens, without its parameters. */
  readonly authorizationUrl: string;
  readonly listener: CallbackListener;
  readonly pasted: PastedLines;
  readonly client: ClientIdentity;
  /** Whether the credential keeps the client's secret, as it is nowhere else. */
  readonly keepsSecret: boolean;
  readonly scopes: readonly string[] | undefined;
  /** A browser that came back from a former round, and waits to be sent on. */
  readonly browser: CallbackArrival | undefined;
  readonly signal: AbortSignal;
}

/** How a round ended. A browser that came with a refusal still waits. */
export type RoundResult =
  | { readonly kind: "done"; readonly credential: OAuthCredential }
  | {
      readonly kind: "refused";
      readonly error: FairleadError;
      readonly browser: CallbackArrival | undefined;
    };

/** Sends a person to the provider, waits for the answer, and redeems it. */
export async function authorize(round: AuthorizationRound): Promise<RoundResult> {
  const { session, listener, signal } = round;
  const [state, verifier] = [generateRandomState(), generateRandomCodeVerifier()];
  const url = authorizationUrl(round, { state, challenge: await calculatePKCECodeChallenge(verifier) });
  const answer = expectAnswer(round, state);
  const presented = presentUrl({
    ...session.options,
    url,
    listener,
    pasted: round.pasted,
    browser: round.browser,
  });
  let browser: CallbackArrival;
  try {
    browser = await untilAborted(
      answer,
      signal,
      `The login to ${JSON.stringify(session.options.serverName)}`,
    );
  } finally {
    presented.end();
    round.pasted.listen(undefined);
  }
  try {
    const code = codeOf(browser.parameters, session.discovery.server);
    const credential = await redeem(round, { code, verifier });
    const name = session.options.serverName;
    browser.show({
      status: 200,
      title: "Logged in",
      text: `Fairlead can now use ${name}. You can close this page.`,
    });
    return { kind: "done", credential };
  } catch (error) {
    return { kind: "refused", error: toFairleadError(error), browser };
  }
}

function authorizationUrl(
  round: AuthorizationRound,
  secrets: { readonly state: string; readonly challenge: string },
): string {
  const { client, listener, scopes, session } = round;
  const url = new URL(round.authorizationUrl);
  const parameters: Readonly<Record<string, string | undefined>> = {
    response_type: "code",
    client_id: client.clientId,
    redirect_uri: listener.redirectUri,
    state: secrets.state,
    code_challenge: secrets.challenge,
    code_challenge_method: "S256",
    scope: scopes?.join(" "),
    resource: session.resource,
    // OpenID Connect gives refresh tokens only to those who ask the person each time.
    prompt: scopes?.includes("offline_access") === true ? "consent" : undefined,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

/** The first whole answer with that state, by browser or by hand. */
function expectAnswer(round: AuthorizationRound, state: string): Promise<CallbackArrival> {
  const { listener, pasted, session } = round;
  const typed = new Promise<CallbackArrival>((resolve) => {
    pasted.listen((line) => {
      if (line.trim() === "") return;
      const parameters = pastedParameters(line, listener.redirectUri);
      if (parameters !== undefined && isAnswerTo(parameters, state)) {
        resolve({ parameters, show: () => {}, sendTo: () => false });
      } else {
        session.options.ui.tell(
          `That is not where this login ends. Paste the whole address, which begins with ${listener.redirectUri}`,
        );
      }
    });
  });
  return Promise.race([listener.expect(state), typed]);
}

async function redeem(
  round: AuthorizationRound,
  proof: { readonly code: string; readonly verifier: string },
): Promise<OAuthCredential> {
  const { session, client, listener, scopes, signal, keepsSecret } = round;
  const { options, discovery, resource } = session;
  const { issuer, tokenEndpoint, revocationEndpoint } = discovery.server;
  const tokens = await requestGrant({
    fetch: options.fetch,
    tokenEndpoint,
    issuer,
    client,
    parameters: {
      grant_type: "authorization_code",
      code: proof.code,
      redirect_uri: listener.redirectUri,
      code_verifier: proof.verifier,
      resource,
    },
    signal,
  });
  const { serverName, serverUrl, executor = "" } = options;
  const facts = { serverName, serverUrl, executor, issuer, tokenEndpoint, revocationEndpoint, resource };
  return toCredential(tokens, { ...facts, client, keepsSecret, requestedScopes: scopes });
}
