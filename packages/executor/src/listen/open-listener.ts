import { FairleadError } from "@fairlead/core";
import { type HandleOptions, hasBrowserOrigin, readBearerToken } from "@fairlead/wire";
import type { Server } from "@grpc/grpc-js";
import { ServerCredentials } from "@grpc/grpc-js";
import {
  checkToken,
  checkTokenText,
  defaultTokenPath,
  loadOrCreateToken,
  tokenMatches,
} from "./bearer-token.js";
import { type ListenAddress, parseListenAddress } from "./listen-address.js";
import { realSocketPath } from "./real-socket-path.js";
import { lockSocketPath, socketFolderOwner } from "./socket-lock.js";

/** Certificate and private key, both PEM. */
export interface TlsIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** How clients get in. */
export interface ListenerOptions {
  /** `unix:///PATH` or `HOST:PORT`; a host that others can reach needs `tls`. */
  readonly listen: string;
  readonly stateDir: string;
  /** The bearer token itself, of at least 16 characters; then there is no file. */
  readonly token?: string | undefined;
  /** The file with the bearer token, made if it is not there. @default `executor.token` in the state folder */
  readonly tokenFile?: string | undefined;
  readonly tls?: TlsIdentity | undefined;
  /** Told in words what is not as it should be, or cannot be checked, and is done without. @default ignored */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** A way in, prepared but not open yet: it knows who may come before anybody can. */
export interface Listener {
  /** Whether a client is on this machine, so that a lost connection means a lost client. */
  readonly sameMachine: boolean;
  readonly identify: HandleOptions["identify"];
  /** The file with the bearer token that clients need; undefined on a unix socket, and where the token is in no file. */
  readonly tokenPath: string | undefined;
  /** Opens it. @returns the address for clients, as a URL */
  bind(server: Server): Promise<string>;
  /** Gives the address free after the server has closed. */
  release(): Promise<void>;
}

/**
 * Prepares a listener. What would be reachable from elsewhere in plain text is refused.
 * @throws FairleadError `usage` or `already_exists`
 */
export async function prepareListener(options: ListenerOptions): Promise<Listener> {
  const { tls } = options;
  const address = readAddress(options);
  if (address.kind === "unix") return prepareUnix(address.path);
  const { token, path } = await findToken(options);
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.cert }]);
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return {
    sameMachine: false,
    tokenPath: path,
    identify: (metadata) => {
      refuseBrowsers(metadata);
      if (tokenMatches(readBearerToken(metadata), token)) return "token:default";
      throw new FairleadError(
        "unauthenticated",
        "The executor refused the bearer token. Copy the one in executor.token on its machine.",
        { reason: "bad_token", effect: "none" },
      );
    },
    bind: async (server) => {
      const port = await bind(server, `${host}:${address.port}`, credentials);
      return `${tls === undefined ? "grpc" : "grpcs"}://${host}:${port}`;
    },
    release: async () => {},
  };
}

/**
 * Checks what can be checked before an executor starts, and makes and opens nothing.
 * @throws FairleadError `usage`, as {@link prepareListener} would
 */
export async function checkListener(options: ListenerOptions): Promise<void> {
  if (readAddress(options).kind === "unix") return;
  if (options.token === undefined) await checkToken(tokenPathOf(options));
  else checkTokenText(options.token);
}

function readAddress({ listen, tls }: ListenerOptions): ListenAddress {
  const address = parseListenAddress(listen);
  if (address.kind === "unix" || tls !== undefined || address.loopback) return address;
  throw new FairleadError(
    "usage",
    `Listening on ${address.host} in plain text would let anybody on the network read everything. ` +
      "Give --tls-cert and --tls-key, or listen on 127.0.0.1.",
    { reason: "insecure_transport", effect: "none", details: { host: address.host } },
  );
}

async function findToken(
  options: ListenerOptions,
): Promise<{ readonly token: string; readonly path: string | undefined }> {
  if (options.token !== undefined) {
    checkTokenText(options.token);
    return { token: options.token, path: undefined };
  }
  const { token, path, doubt } = await loadOrCreateToken(tokenPathOf(options));
  if (doubt !== undefined) {
    options.onWarning?.(`nobody tells whether others can read the token in ${path}: ${doubt}`);
  }
  return { token, path };
}

function tokenPathOf({ stateDir, tokenFile }: ListenerOptions): string {
  return tokenFile ?? defaultTokenPath(stateDir);
}

async function prepareUnix(typed: string): Promise<Listener> {
  const path = await realSocketPath(typed);
  const release = await lockSocketPath(path);
  const principal = `user:${await socketFolderOwner(path)}`;
  return {
    sameMachine: true,
    tokenPath: undefined,
    release,
    identify: (metadata) => {
      refuseBrowsers(metadata);
      return principal;
    },
    bind: async (server) => {
      // The mode of a socket after bind is not to be relied on; its 0700 folder is what guards it.
      const umask = process.umask(0o077);
      try {
        await bind(server, `unix:${path}`, ServerCredentials.createInsecure());
      } finally {
        process.umask(umask);
      }
      return `unix://${path}`;
    },
  };
}

function refuseBrowsers(metadata: Parameters<HandleOptions["identify"]>[0]): void {
  if (!hasBrowserOrigin(metadata)) return;
  throw new FairleadError("forbidden", "Web pages may not talk to an executor", { effect: "none" });
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(bindError(address, error));
    });
  });
}

function bindError(address: string, cause: Error): FairleadError {
  const taken = cause.message.includes("EADDRINUSE");
  return new FairleadError(
    taken ? "already_exists" : "unavailable",
    taken
      ? `Something else is listening on ${address} already`
      : `Cannot listen on ${address}: ${cause.message}`,
    { cause, effect: "none", ...(taken ? { reason: "address_in_use" as const } : {}), details: { address } },
  );
}
