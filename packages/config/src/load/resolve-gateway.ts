import type { GatewayConfig, GatewayOauthConfig } from "../config.js";
import { parseListenAddress } from "../gateway/listen-address.js";
import type { ParsedConfig } from "../schema/config-schema.js";
import type { ParsedGatewayOauth } from "../schema/gateway-oauth-schema.js";
import { toMs } from "./to-ms.js";

/** Gives `[gateway]` its final form. @param toAbsolute makes an absolute path of one that was written in the file */
export function resolveGateway(
  entry: ParsedConfig["gateway"],
  toAbsolute: (path: string) => string,
): GatewayConfig {
  const http = entry.http === undefined ? undefined : parseListenAddress(entry.http);
  const { tls } = entry;
  return {
    ...(http === undefined ? {} : { http }),
    allowedOrigins: entry.allowed_origins,
    allowedHosts: entry.allowed_hosts,
    ...(tls === undefined ? {} : { tls: { cert: toAbsolute(tls.cert), key: toAbsolute(tls.key) } }),
    ...(entry.session_idle_sec === undefined ? {} : { sessionIdleMs: toMs(entry.session_idle_sec) }),
    ...(entry.max_sessions === undefined ? {} : { maxSessions: entry.max_sessions }),
    ...(entry.oauth === undefined ? {} : { oauth: resolveOauth(entry.oauth) }),
  };
}

function resolveOauth(entry: ParsedGatewayOauth): GatewayOauthConfig {
  const { issuer, resource, audiences, scopes, jwks_url, introspection } = entry;
  return {
    issuer,
    ...(resource === undefined ? {} : { resource }),
    audiences,
    scopes,
    ...(jwks_url === undefined ? {} : { jwksUrl: jwks_url }),
    ...(introspection === undefined
      ? {}
      : {
          introspection: {
            url: introspection.url,
            clientId: introspection.client_id,
            clientSecretVar: introspection.client_secret_env,
          },
        }),
  };
}
