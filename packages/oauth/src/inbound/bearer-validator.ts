import { type Fetch, toFairleadError } from "@fairlead/core";
import { type BearerVerdict, type ClaimRules, judgeClaims } from "./bearer-verdict.js";
import { createIntrospection, type IntrospectionOptions, isClientRefusal } from "./introspection.js";
import { isSignedBy, parseToken } from "./json-web-token.js";
import { createKeySet } from "./key-set.js";

/** Whose tokens are accepted, for what, and how they are checked. */
export interface BearerValidatorOptions {
  /** Verbatim, as it stands in tokens and metadata. */
  readonly issuer: string;
  /** Our own URL, and other names under which tokens may be issued for us; at least one, here or with each token. */
  readonly audiences: readonly string[];
  /** Without which nobody comes in. @default none */
  readonly requiredScopes?: readonly string[] | undefined;
  /** Asks the issuer about each token, instead of looking into it. @default tokens are JSON Web Tokens (RFC 9068) */
  readonly introspection?: IntrospectionOptions | undefined;
  /** Where the issuer's keys are. @default as its metadata say */
  readonly keySetUrl?: string | undefined;
  readonly fetch: Fetch;
  /** Milliseconds by which the clocks of both may differ. @default 30,000 */
  readonly clockSkewMs?: number | undefined;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** Judges tokens. It never throws: what it cannot find out is a verdict too. */
export interface BearerValidator {
  /**
   * @param token what stood behind `Bearer `
   * @param alsoFor audiences that will do this time too, for example that of a part of us
   */
  validate(token: string, alsoFor?: readonly string[]): Promise<BearerVerdict>;
}

/**
 * RFC 9068 wants `at+jwt`. Many issuers write the general `JWT` or nothing, and then the claims tell; a token of any other type,
 * such as an ID token or a logout token of some issuers, is none for access.
 */
const acceptedTypes: ReadonlySet<string | undefined> = new Set(["at+jwt", "jwt", undefined]);
/** Longer than any token that somebody could put into a header. */
const maxTokenChars = 16_384;

/** What is known of claims beside themselves. */
type ToldBy = Pick<ClaimRules, "isSelfContained" | "isAccessType">;

/** Makes the judge of one issuer's tokens. Nothing is read before the first token. */
export function createBearerValidator(options: BearerValidatorOptions): BearerValidator {
  const { issuer, audiences, requiredScopes = [], fetch, keySetUrl } = options;
  const { clockSkewMs = 30_000, now = Date.now } = options;
  const introspection =
    options.introspection === undefined
      ? undefined
      : createIntrospection(options.introspection, { fetch, now });
  const keySet = createKeySet({ issuer, keySetUrl, fetch, now });

  const judgeFor =
    (alsoFor: readonly string[]) =>
    (claims: Readonly<Record<string, unknown>>, told: ToldBy): BearerVerdict =>
      judgeClaims(claims, {
        issuer,
        audiences: [...audiences, ...alsoFor],
        requiredScopes,
        clockSkewMs,
        nowMs: now(),
        ...told,
      });

  const lookInto = async (token: string, judge: ReturnType<typeof judgeFor>): Promise<BearerVerdict> => {
    const parsed = parseToken(token);
    if (parsed === undefined || !acceptedTypes.has(parsed.type)) {
      return { kind: "invalid", why: "it is no access token that can be checked here" };
    }
    // Before the keys, so that a token of a stranger makes nobody read any.
    const verdict = judge(parsed.claims, {
      isSelfContained: true,
      isAccessType: parsed.type === "at+jwt",
    });
    if (verdict.kind === "invalid") return verdict;
    const keys = await keySet.keysFor(parsed);
    const isSigned =
      keys.some((key) => isSignedBy(key, parsed)) ||
      (await keySet.keysFor(parsed, keys)).some((key) => !keys.includes(key) && isSignedBy(key, parsed));
    return isSigned ? verdict : { kind: "invalid", why: "its signature is not of its issuer" };
  };

  return {
    validate: async (token, alsoFor = []) => {
      if (token === "" || token.length > maxTokenChars) return { kind: "invalid", why: "it is no token" };
      const judge = judgeFor(alsoFor);
      try {
        if (introspection === undefined) return await lookInto(token, judge);
        const claims = await introspection.claimsOf(token);
        if (claims === undefined) return { kind: "invalid", why: "its issuer does not know it any more" };
        return judge(claims, { isSelfContained: false, isAccessType: false });
      } catch (error) {
        const kind = isClientRefusal(error) ? "misconfigured" : "unavailable";
        return { kind, why: toFairleadError(error).message };
      }
    },
  };
}
