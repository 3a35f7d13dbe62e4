import type { GatewayOauthConfig } from "@fairlead/config";
import { createDeferred, FairleadError, type Fetch } from "@fairlead/core";
import type { GuardVerdict, HttpGuard } from "@fairlead/host";
import {
  type BearerVerdict,
  createBearerValidator,
  type IntrospectionOptions,
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
  refusalOfBearer,
} from "@fairlead/oauth";
import { createSparseWarnings } from "./sparse-warnings.js";

/** What the guard works with. */
export interface GatewayGuardOptions {
  readonly oauth: GatewayOauthConfig;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly fetch: Fetch;
  /** Told why tokens cannot be judged: at most one line of each kind and minute. */
  readonly warn: (text: string) => void;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** The guard of the gateway. It answers nobody before it knows where it listens. */
export interface GatewayGuard extends HttpGuard {
  /** @param url of the merged endpoint */
  listensAt(url: string): void;
}

/** Before the path of an endpoint, where its metadata are. */
const metadataPath = "/.well-known/oauth-protected-resource";
const ownPath = "/mcp";
/** Milliseconds by which the clocks of the issuer and of this machine may differ. */
const clockSkewMs = 30_000;

/**
 * Lets agents in by access tokens of an authorization server. A token for the merged endpoint is good for those of all
 * servers, one for a server's own endpoint for that one alone. Nothing is asked before the first request.
 * @throws FairleadError `usage`, reason `config_invalid`, if the variable with the gateway's own secret is not set
 */
export function createGatewayGuard(options: GatewayGuardOptions): GatewayGuard {
  const { oauth, env, fetch, warn, now } = options;
  const { issuer, scopes, audiences } = oauth;
  const listening = createDeferred<string>();
  const merged = oauth.resource === undefined ? listening.promise : Promise.resolve(oauth.resource);
  const validator = createBearerValidator({
    issuer,
    audiences,
    requiredScopes: scopes,
    introspection: introspectionOf(oauth, env),
    keySetUrl: oauth.jwksUrl,
    clockSkewMs,
    fetch,
    now,
  });
  const resourceOf = async (server: string | undefined): Promise<string> =>
    server === undefined ? merged : `${trimmed(await merged)}/${server}`;
  const metadataOf = async (server: string | undefined): Promise<ProtectedResourceMetadata> =>
    protectedResourceMetadata({
      resource: await resourceOf(server),
      issuers: [issuer],
      ...(scopes.length === 0 ? {} : { scopes }),
      name: server === undefined ? "Fairlead" : `Fairlead: ${server}`,
    });

  const warnSparsely = createSparseWarnings({ warn, now });
  const tellTrouble = (verdict: Judged | undefined): void => {
    if (verdict?.kind !== "unavailable" && verdict?.kind !== "misconfigured") return;
    const what = verdict.kind === "unavailable" ? "" : "gateway.oauth.introspection is wrong. ";
    warnSparsely(verdict.kind, `nobody can log in by tokens of ${issuer} now: ${what}${verdict.why}`);
  };

  return {
    listensAt: (url) => listening.resolve(url),
    check: async (token, server) => {
      const verdict =
        token === undefined
          ? undefined
          : withPrincipal(await validator.validate(token, [await merged, await resourceOf(server)]));
      tellTrouble(verdict);
      if (verdict?.kind === "known") return verdict;
      const { url: metadataUrl } = await metadataOf(server);
      const { status, headers } = refusalOfBearer(verdict, { metadataUrl, scopes });
      return { kind: "refused", status, headers, text: describeRefusal(verdict) };
    },
    describe: async (path) => {
      const place = trimmed(path.slice(metadataPath.length));
      const at = serverAt(place, new Set([ownPath, trimmed(new URL(await merged).pathname)]));
      return at === undefined ? undefined : (await metadataOf(at.server)).document;
    },
  };
}

/** Finds out whose metadata are meant. @param bases paths of the merged endpoint: ours, and that before a proxy */
function serverAt(
  place: string,
  bases: ReadonlySet<string>,
): { readonly server: string | undefined } | undefined {
  if (place === "" || bases.has(place)) return { server: undefined };
  const names = [...bases].flatMap((base) =>
    place.startsWith(`${base}/`) ? [place.slice(base.length + 1)] : [],
  );
  // Whether there is such a server is not for strangers to know.
  const server = names.find((name) => /^[A-Za-z0-9_-]+$/.test(name));
  return server === undefined ? undefined : { server };
}

type Refused = Exclude<BearerVerdict, { kind: "accepted" }>;

type Judged = Refused | Extract<GuardVerdict, { kind: "known" }>;

/** Names who it is; no name can be that of somebody who shows the gateway's own token. */
function withPrincipal(verdict: BearerVerdict): Judged {
  if (verdict.kind !== "accepted") return verdict;
  const { subject, clientId, expiresAtMs } = verdict.bearer;
  // Not before the token stops being accepted, or its agent would come back with it.
  const untilMs = expiresAtMs === undefined ? undefined : expiresAtMs + clockSkewMs;
  if (subject !== undefined) return { kind: "known", principal: `oauth:${subject}`, untilMs };
  if (clientId !== undefined) return { kind: "known", principal: `oauth-client:${clientId}`, untilMs };
  return { kind: "invalid", why: "it names nobody" };
}

function describeRefusal(verdict: Refused | undefined): string {
  if (verdict === undefined) {
    return "Log in: the header WWW-Authenticate says where. Or send the token of this endpoint";
  }
  if (verdict.kind === "invalid") {
    return `The token is not one for this endpoint: ${verdict.why}. Log in again`;
  }
  if (verdict.kind === "insufficient") {
    return `The token allows too little: log in again and allow ${verdict.scopes.join(", ")}`;
  }
  return verdict.kind === "misconfigured"
    ? "This gateway cannot check tokens, because its authorization server refuses the gateway itself. Tell whoever runs it; another login does not help"
    : "Nobody can tell now what the token is worth: the authorization server cannot be asked. Try again";
}

function introspectionOf(
  { introspection }: GatewayOauthConfig,
  env: Readonly<NodeJS.ProcessEnv>,
): IntrospectionOptions | undefined {
  if (introspection === undefined) return undefined;
  const { url, clientId, clientSecretVar } = introspection;
  const clientSecret = env[clientSecretVar] ?? "";
  if (clientSecret !== "") return { endpoint: url, clientId, clientSecret };
  throw new FairleadError(
    "usage",
    `The environment variable ${clientSecretVar} of gateway.oauth.introspection.client_secret_env is not set or empty`,
    { reason: "config_invalid", effect: "none", details: { variable: clientSecretVar } },
  );
}

function trimmed(text: string): string {
  return text.replace(/\/$/, "");
}
