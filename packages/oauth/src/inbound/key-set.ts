import { FairleadError, type Fetch } from "@fairlead/core";
import { requestJson } from "../discovery/json-request.js";
import { checkedEndpoint } from "../discovery/url-rules.js";
import { serverMetadataUrls } from "../discovery/well-known.js";
import { fits, type ParsedToken, type PublicJwk } from "./json-web-token.js";

/** The keys by which an issuer signs, read when they are needed and kept. */
export interface KeySet {
  /**
   * Those that may have signed a token.
   * @param rejected keys that did not, although they looked like it: there may be newer ones of the same name, or of none
   * @throws FairleadError if nobody can tell now
   */
  keysFor(token: ParsedToken, rejected?: readonly PublicJwk[]): Promise<readonly PublicJwk[]>;
}

/** Whose keys. */
export interface KeySetOptions {
  readonly issuer: string;
  /** @default what the metadata of the issuer say */
  readonly keySetUrl?: string | undefined;
  readonly fetch: Fetch;
  readonly now: () => number;
}

/** Milliseconds after which keys are read again, so that one that was withdrawn is not trusted for ever. */
const freshMs = 900_000;
/**
 * Milliseconds for which keys count whose issuer cannot be asked: more than most outages, and an end for whoever keeps us from
 * learning that a key was withdrawn.
 */
const trustedMs = 7_200_000;
/** Milliseconds between two readings for keys that are not there: anybody can send a token with a key of any name. */
const pauseMs = 10_000;
/** Milliseconds for one request. */
const requestLimitMs = 5_000;

/** Makes the key set of an issuer. Nothing is read before the first token. */
export function createKeySet({ issuer, keySetUrl, fetch, now }: KeySetOptions): KeySet {
  let keys: readonly PublicJwk[] | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let place: URL | undefined;
  let underWay: Promise<void> | undefined;

  const get = async (url: URL): Promise<Readonly<Record<string, unknown>> | undefined> => {
    const { status, body } = await requestJson(fetch, { url, deadlineMs: requestLimitMs });
    const isObject = typeof body === "object" && body !== null;
    return status === 200 && isObject ? (body as Record<string, unknown>) : undefined;
  };

  const findPlace = async (): Promise<URL> => {
    if (keySetUrl !== undefined) return new URL(keySetUrl);
    for (const url of serverMetadataUrls(issuer)) {
      const metadata = await get(url);
      const uri = metadata?.["issuer"] === issuer ? metadata["jwks_uri"] : undefined;
      if (typeof uri === "string") return checkedEndpoint(uri, { what: "key set", serverUrl: issuer });
    }
    throw unreadable(`The metadata of the issuer ${issuer} name no key set`);
  };

  const read = async (): Promise<void> => {
    triedAtMs = now();
    const url = place ?? (await findPlace());
    // Should it have moved, its issuer says where to.
    place = undefined;
    const found = (await get(url))?.["keys"];
    if (!Array.isArray(found)) throw unreadable(`There is no key set at ${url.href}`);
    place = url;
    keys = found.filter((key): key is PublicJwk => typeof key === "object" && key !== null);
    readAtMs = now();
  };

  const readOnce = (): Promise<void> => {
    underWay ??= read().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  const matching = (token: ParsedToken): readonly PublicJwk[] =>
    (keys ?? []).filter((key) => fits(key, token));

  return {
    keysFor: async (token, rejected = []) => {
      const isFresh = keys !== undefined && now() - readAtMs < freshMs;
      if (isFresh && matching(token).some((key) => !rejected.includes(key))) return matching(token);
      // Keys that are known outlive an issuer that is away, though not by any time.
      if (keys === undefined || now() - readAtMs >= trustedMs) await readOnce();
      // Whoever comes while they are read is judged by the new ones too.
      else if (underWay !== undefined || now() - triedAtMs >= pauseMs)
        await readOnce().catch(() => undefined);
      return matching(token);
    },
  };
}

function unreadable(text: string): FairleadError {
  return new FairleadError("unavailable", text, { reason: "oauth_discovery_failed", effect: "none" });
}
