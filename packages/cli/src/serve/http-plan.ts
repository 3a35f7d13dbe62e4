import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import {
  type GatewayConfig,
  type GatewayOauthConfig,
  isLoopbackHost,
  type ListenAddress,
  parseListenAddress,
} from "@fairlead/config";
import { FairleadError } from "@fairlead/core";

/** The flags of `serve` that say how agents reach it over HTTP. Each one wins over the configuration. */
export interface HttpFlags {
  /** True: where the configuration says, else at a free port of this machine's own address. */
  readonly http?: string | true;
  readonly httpTokenEnv?: string;
  /** No token is asked for. */
  readonly httpNoAuth?: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowedOrigin?: readonly string[];
  readonly allowedHost?: readonly string[];
  readonly dangerouslyAllowPublicPlaintext?: boolean;
}

/** Where and how to listen; the token aside. */
export interface HttpPlan extends ListenAddress {
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly allowedOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly sessionIdleMs?: number;
  readonly maxSessions?: number;
  /** Whether others may read along: somebody insisted. */
  readonly isPublicPlaintextAllowed: boolean;
  /** Where the token comes from; `none` only on an address of this machine's own. */
  readonly auth: "file" | "none" | { readonly env: string };
  /** Whose tokens let agents in as well; undefined where no token is asked for. */
  readonly oauth?: GatewayOauthConfig;
}

/**
 * Joins flags and configuration to what is to be listened on; undefined where nobody asked for HTTP.
 * @throws FairleadError `usage`, reason `argument_invalid` or `insecure_transport`, before anything is opened
 */
export async function planHttp(flags: HttpFlags, gateway: GatewayConfig): Promise<HttpPlan | undefined> {
  const address = addressOf(flags, gateway);
  if (address === undefined) {
    const stray = strayFlag(flags);
    if (stray !== undefined) throw usage(`${stray} is for serve --http`);
    return undefined;
  }
  if (flags.httpNoAuth === true && flags.httpTokenEnv !== undefined) {
    throw usage("--http-no-auth and --http-token-env exclude each other");
  }
  const tls = await readTls(flags, gateway);
  await checkName(address.host);
  checkReach(address, flags, tls !== undefined);
  const oauth = flags.httpNoAuth === true ? undefined : gateway.oauth;
  if (oauth !== undefined && oauth.resource === undefined && !isLoopbackHost(address.host)) {
    throw new FairleadError(
      "usage",
      "gateway.oauth.resource is missing: say by which address agents reach /mcp, for tokens are made for that",
      { reason: "config_invalid", effect: "none" },
    );
  }
  return {
    ...address,
    ...(tls === undefined ? {} : { tls }),
    allowedOrigins: [...gateway.allowedOrigins, ...(flags.allowedOrigin ?? [])],
    allowedHosts: [...gateway.allowedHosts, ...(flags.allowedHost ?? [])],
    ...(gateway.sessionIdleMs === undefined ? {} : { sessionIdleMs: gateway.sessionIdleMs }),
    ...(gateway.maxSessions === undefined ? {} : { maxSessions: gateway.maxSessions }),
    isPublicPlaintextAllowed: flags.dangerouslyAllowPublicPlaintext === true,
    auth:
      flags.httpNoAuth === true
        ? "none"
        : flags.httpTokenEnv === undefined
          ? "file"
          : { env: flags.httpTokenEnv },
    ...(oauth === undefined ? {} : { oauth }),
  };
}

function addressOf(flags: HttpFlags, gateway: GatewayConfig): ListenAddress | undefined {
  if (flags.http === undefined) return undefined;
  if (flags.http === true) return gateway.http ?? { host: "127.0.0.1", port: 0 };
  const address = parseListenAddress(flags.http);
  if (address !== undefined) return address;
  throw usage(
    `--http takes host:port, [ipv6]:port or a port alone, for example 127.0.0.1:7150; got ${JSON.stringify(flags.http)}`,
  );
}

function strayFlag(flags: HttpFlags): string | undefined {
  const given: readonly (readonly [string, boolean])[] = [
    ["--http-token-env", flags.httpTokenEnv !== undefined],
    ["--http-no-auth", flags.httpNoAuth === true],
    ["--tls-cert", flags.tlsCert !== undefined],
    ["--tls-key", flags.tlsKey !== undefined],
    ["--allowed-origin", flags.allowedOrigin !== undefined],
    ["--allowed-host", flags.allowedHost !== undefined],
    ["--dangerously-allow-public-plaintext", flags.dangerouslyAllowPublicPlaintext === true],
  ];
  return given.find(([, isGiven]) => isGiven)?.[0];
}

/** A mistyped address is no public one. */
async function checkName(host: string): Promise<void> {
  if (isIP(host) !== 0 || isLoopbackHost(host)) return;
  try {
    await lookup(host);
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    throw usage(
      `Cannot listen on ${host}: the name does not resolve${why}. Give an address of this machine, for example 127.0.0.1`,
    );
  }
}

function checkReach({ host }: ListenAddress, flags: HttpFlags, hasTls: boolean): void {
  if (isLoopbackHost(host)) return;
  if (flags.httpNoAuth === true) {
    throw insecure(
      `--http-no-auth is only for this machine's own addresses, and ${host} is reachable by others; leave the flag out, or listen on 127.0.0.1`,
    );
  }
  if (hasTls || flags.dangerouslyAllowPublicPlaintext === true) return;
  throw insecure(
    `${host} is reachable by others, and without TLS they could read the token and everything else. Give --tls-cert and --tls-key, or listen on 127.0.0.1; --dangerously-allow-public-plaintext does it all the same`,
  );
}

async function readTls(flags: HttpFlags, gateway: GatewayConfig): Promise<HttpPlan["tls"]> {
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
    throw usage(
      `${flags.tlsCert === undefined ? "--tls-cert" : "--tls-key"} is missing; the two go together`,
    );
  }
  const cert = flags.tlsCert ?? gateway.tls?.cert;
  const key = flags.tlsKey ?? gateway.tls?.key;
  if (cert === undefined || key === undefined) return undefined;
  return { cert: await readPem(cert), key: await readPem(key) };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new FairleadError("usage", `The TLS file ${path} cannot be read`, {
      cause,
      reason: "config_invalid",
      effect: "none",
      details: { path },
    });
  }
}

function usage(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}

function insecure(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "insecure_transport", effect: "none" });
}
