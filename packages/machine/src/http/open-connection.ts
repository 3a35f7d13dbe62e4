import type { LookupAddress } from "node:dns";
import { lookup as systemLookup } from "node:dns/promises";
import { isIPv4, connect as netConnect, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { isFairleadError, untilAborted } from "@fairlead/core";
import { plainAddress } from "./address-class.js";
import {
  connectError,
  connectProblem,
  lookupError,
  proxyError,
  tlsError,
  tlsProblem,
} from "./connect-errors.js";
import type { DestinationPolicy } from "./destination-policy.js";
import type { Proxy } from "./proxy-choice.js";
import { openTunnel } from "./proxy-tunnel.js";
import type { TrustStore } from "./trust-store.js";

/** Where a connection goes: an origin, and the proxy in between. */
export interface Route {
  /** Of this only scheme, host and port count. */
  readonly url: URL;
  readonly proxy: Proxy | undefined;
}

/** Looks a host name up. @returns addresses, the preferred one first */
export type LookUp = (host: string) => Promise<readonly string[]>;

/** What connections of one client have in common. */
export interface Opening {
  readonly destinations: DestinationPolicy;
  readonly trust: TrustStore;
  readonly lookUp: LookUp;
}

/** Looks a name up as every program of this machine does. */
export const lookUpHere: LookUp = async (host) =>
  (await systemLookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/**
 * Opens a connection on which the next byte is the request's: TCP to an address that the policy permits, a tunnel where there is
 * a proxy and the origin is https, and TLS. Aborting the signal closes the socket at whatever stage it is.
 *
 * Through a proxy the name is looked up by the proxy. The policy then sees the name, or the literal address, and what our own
 * look-up says within a second; where that says nothing the proxy decides, unless there is an allow list without the name.
 * @throws FairleadError `forbidden`/`policy_denied`; `unavailable` with `dns_failed`, `connect_failed`, `tls_failed` or
 *   `proxy_failed`; or the reason of the signal
 */
export async function openConnection(
  { url, proxy }: Route,
  opening: Opening,
  signal: AbortSignal,
): Promise<Socket> {
  const host = plainAddress(url.hostname) ?? url.hostname;
  const port = portOf(url);
  const target = `${url.hostname}:${port}`;
  if (proxy !== undefined) await checkProxied(host, opening, signal);
  const socket =
    proxy === undefined
      ? await connectDirectly({ host, port, target }, opening, signal)
      : await connectToProxy(proxy, opening, signal);
  try {
    if (url.protocol !== "https:") return socket;
    if (proxy !== undefined) await openTunnel(socket, proxy, target, signal);
    return await startTls(socket, { host, fail: (cause) => tlsError(target, cause) }, opening, signal);
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  }
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly target: string;
}

async function connectDirectly(
  { host, port, target }: Target,
  { destinations, lookUp }: Opening,
  signal: AbortSignal,
): Promise<Socket> {
  destinations.checkHost(host);
  const found = await addressesOf(host, lookUp, signal);
  const addresses = destinations.permitted(host, found);
  return connectTcp({ host, port, addresses }, (cause) => connectError(target, cause), signal);
}

async function connectToProxy(
  proxy: Proxy,
  { lookUp, ...opening }: Opening,
  signal: AbortSignal,
): Promise<Socket> {
  const fail = (cause: unknown): Error =>
    proxyError(proxy.label, `cannot be reached: ${connectProblem(cause)}`, { cause });
  const addresses = await addressesOf(proxy.host, lookUp, signal).catch((error: unknown) => {
    throw signal.aborted || !isFairleadError(error) ? error : fail(error.cause);
  });
  const socket = await connectTcp({ host: proxy.host, port: proxy.port, addresses }, fail, signal);
  if (!proxy.secure) return socket;
  const failTls = (cause: unknown): Error =>
    proxyError(proxy.label, `cannot be trusted: ${tlsProblem(cause).join(". ")}`, { cause });
  try {
    return await startTls(socket, { host: proxy.host, fail: failTls }, { lookUp, ...opening }, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** How long our own look-up may hold up a request that a proxy looks up anyway. */
const proxiedLookUpMs = 1_000;

async function checkProxied(
  host: string,
  { destinations, lookUp }: Opening,
  signal: AbortSignal,
): Promise<void> {
  destinations.checkHost(host);
  if (plainAddress(host) !== undefined) return;
  const late = AbortSignal.any([signal, AbortSignal.timeout(proxiedLookUpMs)]);
  const addresses = await addressesOf(host, lookUp, late).catch(() => undefined);
  signal.throwIfAborted();
  if (addresses === undefined) destinations.checkUnresolved(host);
  else destinations.permitted(host, addresses);
}

async function addressesOf(host: string, lookUp: LookUp, signal: AbortSignal): Promise<readonly string[]> {
  if (plainAddress(host) !== undefined) return [host];
  const looking = lookUp(host).catch((cause: unknown) => {
    throw lookupError(host, cause);
  });
  return untilAborted(looking, signal, `The look-up of ${host}`);
}

/** The addresses were checked; the system gets no chance to look the name up again and find others. */
async function connectTcp(
  { host, port, addresses }: { host: string; port: number; addresses: readonly string[] },
  fail: (cause: unknown) => Error,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const all: LookupAddress[] = addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }));
  const [first] = all;
  if (first === undefined) throw lookupError(host, undefined);
  const socket = netConnect({
    host: all.length === 1 ? first.address : host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    // Node gives all addresses but the last a quarter of a second, which a far network needs for one that works.
    autoSelectFamilyAttemptTimeout: 1_000,
    lookup: (_host, options, callback) => {
      if (options.all === true) callback(null, all);
      else callback(null, first.address, first.family);
    },
  });
  return untilEvent(socket, "connect", { fail, signal });
}

async function startTls(
  socket: Socket,
  { host, fail }: { host: string; fail: (cause: unknown) => Error },
  { trust }: Opening,
  signal: AbortSignal,
): Promise<Socket> {
  const secureContext = await trust.secureContext();
  signal.throwIfAborted();
  const secured = tlsConnect({
    socket,
    host,
    ...(secureContext === undefined ? {} : { secureContext }),
    ...(plainAddress(host) === undefined ? { servername: host.replace(/\.$/, "") } : {}),
    ALPNProtocols: ["http/1.1"],
    // Not to be switched off by a variable for the whole process.
    rejectUnauthorized: true,
  });
  return untilEvent(secured, "secureConnect", { fail, signal });
}

async function untilEvent<S extends Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  { fail, signal }: { fail: (cause: unknown) => Error; signal: AbortSignal },
): Promise<S> {
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      // Stays for good: a socket that fails while nobody else listens must not end the process.
      socket.on("error", reject);
      socket.once("close", () => reject(new Error("The connection was closed")));
    });
    return socket;
  } catch (cause) {
    socket.destroy();
    throw signal.aborted ? signal.reason : fail(cause);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}
