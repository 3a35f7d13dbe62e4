import { createHash } from "node:crypto";
import { FairleadError, type Fetch } from "@fairlead/core";
import { requestJson } from "../discovery/json-request.js";

/** Where an issuer tells what a token is worth (RFC 7662), and who asks. */
export interface IntrospectionOptions {
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What an issuer says about tokens. */
export interface Introspection {
  /** The claims of a token that is active, else undefined. @throws FairleadError if the issuer cannot be asked */
  claimsOf(token: string): Promise<Readonly<Record<string, unknown>> | undefined>;
}

/** Milliseconds for which a token stays good without asking again: a client sends many requests, and few are withdrawn. */
const rememberedMs = 10_000;
const rememberedTokens = 1_000;
const requestLimitMs = 5_000;

/** Asks an issuer, once for many requests with the same token. */
export function createIntrospection(
  { endpoint, clientId, clientSecret }: IntrospectionOptions,
  { fetch, now }: { readonly fetch: Fetch; readonly now: () => number },
): Introspection {
  interface Remembered {
    readonly untilMs: number;
    readonly claims: Promise<Readonly<Record<string, unknown>> | undefined>;
  }
  const remembered = new Map<string, Remembered>();
  const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString("base64");

  const ask = async (token: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
    const { status, body } = await requestJson(fetch, {
      url: new URL(endpoint),
      method: "POST",
      headers: {
        authorization: `Basic ${credentials}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ token, token_type_hint: "access_token" }).toString(),
      deadlineMs: requestLimitMs,
    });
    // It knows no tokens of this shape; that is about the token, while 401 would be about us.
    if (status === 400) return undefined;
    if (status !== 200 || typeof body !== "object" || body === null) {
      throw refused(status);
    }
    const claims = body as Record<string, unknown>;
    return claims["active"] === true ? claims : undefined;
  };

  return {
    claimsOf: async (token) => {
      const name = createHash("sha256").update(token).digest("base64url");
      const known = remembered.get(name);
      if (known !== undefined && now() < known.untilMs) return known.claims;
      const claims = ask(token);
      remembered.delete(name);
      remembered.set(name, { untilMs: now() + rememberedMs, claims });
      for (const oldest of remembered.keys()) {
        if (remembered.size <= rememberedTokens) break;
        remembered.delete(oldest);
      }
      // What is not good now may be so in a moment, and is cheap to ask for again.
      const forget = (): void => {
        if (remembered.get(name)?.claims === claims) remembered.delete(name);
      };
      claims.then((found) => found ?? forget(), forget);
      return claims;
    },
  };
}

function refused(httpStatus: number): FairleadError {
  const advice = httpStatus === 401 || httpStatus === 403 ? ": check the client id and secret" : "";
  const text = `The introspection endpoint answered with HTTP status ${httpStatus}${advice}`;
  const details = { httpStatus };
  return new FairleadError("unavailable", text, { reason: "oauth_answer_invalid", effect: "none", details });
}

function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
