import { createHash } from "node:crypto";
import { FairleadError, type Fetch, isFairleadError, isJsonObject, type JsonObject } from "@fairlead/core";
import { requestJson } from "../discovery/json-request.js";
import { withoutQuery } from "../discovery/url-rules.js";
import { basicAuthorization } from "../login/client-proof.js";
import { describeProviderError, providerError } from "../login/provider-error.js";
import { createAnswerMemory } from "./answer-memory.js";
import { createQuestionQueue } from "./question-queue.js";

/** Where an issuer tells what a token is worth (RFC 7662), and who asks. */
export interface IntrospectionOptions {
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What an issuer says about tokens. */
export interface Introspection {
  /**
   * The claims of a token that is active, else undefined.
   * @throws FairleadError if the issuer cannot be asked; `usage` `config_invalid` if it refuses us, and not the token
   */
  claimsOf(token: string): Promise<JsonObject | undefined>;
}

/** Milliseconds for which a token stays good without asking again: a client sends many requests, and few are withdrawn. */
const goodMs = 10_000;
/** Milliseconds for which a token stays bad: a client that tries again and again costs its issuer nothing. */
const badMs = 2_000;
/** Milliseconds without a question after the issuer refused us: each one would be refused, and some issuers lock clients. */
const refusedMs = 10_000;
/** Of good ones and of bad ones each, so that no stranger can make us forget the good ones. */
const rememberedTokens = 1_000;
/** More do not make an issuer faster. */
const questionsAtOnce = 16;
/** Behind them; each may take 5 s, and no client waits longer for many of those. */
const questionsWaiting = 128;
const requestLimitMs = 5_000;
/** What RFC 6749 5.2 calls a client that may not ask. */
const clientErrors: ReadonlySet<string | undefined> = new Set(["invalid_client", "unauthorized_client"]);

/** Asks an issuer, once for many requests with the same token. */
export function createIntrospection(
  { endpoint, clientId, clientSecret }: IntrospectionOptions,
  { fetch, now }: { readonly fetch: Fetch; readonly now: () => number },
): Introspection {
  const good = createAnswerMemory<JsonObject>({ max: rememberedTokens, ageMs: goodMs, now });
  const bad = createAnswerMemory<true>({ max: rememberedTokens, ageMs: badMs, now });
  const underWay = new Map<string, Promise<JsonObject | undefined>>();
  const queue = createQuestionQueue({ atOnce: questionsAtOnce, waiting: questionsWaiting });
  const authorization = basicAuthorization(clientId, clientSecret);
  let refusal: { readonly error: FairleadError; readonly untilMs: number } | undefined;

  const ask = async (token: string): Promise<JsonObject | undefined> => {
    if (refusal !== undefined && now() < refusal.untilMs) throw refusal.error;
    const { status, body } = await requestJson(fetch, {
      url: new URL(endpoint),
      method: "POST",
      headers: {
        authorization,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ token, token_type_hint: "access_token" }).toString(),
      deadlineMs: requestLimitMs,
    });
    const said = isJsonObject(body) ? providerError(body, [clientSecret, token]) : undefined;
    if (status === 401 || status === 403 || (status === 400 && clientErrors.has(said?.code))) {
      const words = said === undefined ? "" : `, ${describeProviderError(said)}`;
      const error = clientRefused({ endpoint, clientId, said: `HTTP status ${status}${words}` });
      refusal = { error, untilMs: now() + refusedMs };
      throw error;
    }
    refusal = undefined;
    // It knows no tokens of this shape; that is about the token.
    if (status === 400) return undefined;
    if (status !== 200 || !isJsonObject(body)) throw unusableAnswer(status);
    return body["active"] === true ? body : undefined;
  };

  const askAndRemember = async (token: string, name: string): Promise<JsonObject | undefined> => {
    try {
      const claims = await queue.run(() => ask(token));
      if (claims === undefined) bad.put(name, true);
      else good.put(name, claims);
      return claims;
    } finally {
      underWay.delete(name);
    }
  };

  return {
    claimsOf: async (token) => {
      const name = createHash("sha256").update(token).digest("base64url");
      const known = good.get(name);
      if (known !== undefined || bad.get(name) !== undefined) return known;
      const asking = underWay.get(name) ?? askAndRemember(token, name);
      underWay.set(name, asking);
      return asking;
    },
  };
}

/** Whether an issuer refused us, and not a token. */
export function isClientRefusal(error: unknown): boolean {
  return isFairleadError(error) && error.reason === "config_invalid";
}

function clientRefused(facts: {
  readonly endpoint: string;
  readonly clientId: string;
  readonly said: string;
}): FairleadError {
  return new FairleadError(
    "usage",
    `The introspection endpoint ${withoutQuery(facts.endpoint)} refuses the client ${JSON.stringify(facts.clientId)} that asks it (${facts.said}): correct the client id, its secret, or what the authorization server allows it`,
    { reason: "config_invalid", effect: "none" },
  );
}

function unusableAnswer(httpStatus: number): FairleadError {
  const text = `The introspection endpoint answered with HTTP status ${httpStatus} and nothing that could be read`;
  const details = { httpStatus };
  return new FairleadError("unavailable", text, { reason: "oauth_answer_invalid", effect: "none", details });
}
