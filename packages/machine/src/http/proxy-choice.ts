import { BlockList } from "node:net";
import type { FairleadError } from "@fairlead/core";
import type { EnvironmentValues } from "../environment/build-environment.js";
import { addRange, addressSpellings, blockListHas, classifyAddress, plainAddress } from "./address-class.js";
import { notConnected } from "./http-errors.js";

/** A proxy to send requests through. */
export interface Proxy {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether the connection to the proxy itself is encrypted. */
  readonly secure: boolean;
  /** The value of Proxy-Authorization; a secret. */
  readonly authorization: string | undefined;
  /** Host and port, for people. */
  readonly label: string;
}

/**
 * Chooses the proxy that an environment names for a URL: HTTP_PROXY or HTTPS_PROXY by the scheme, unless NO_PROXY lists the host.
 * The lower-case name wins where both are set. Loopback (`localhost` and all below it, 127.0.0.0/8, ::1) never has one.
 *
 * NO_PROXY is a list, separated by commas or spaces, of `*`, hosts (each with all names below it), addresses and ranges, hosts
 * and addresses optionally with a port.
 * @throws FairleadError `unavailable`/`proxy_failed` for a proxy that is not an http or https URL
 */
export function chooseProxy(url: URL, environment: EnvironmentValues): Proxy | undefined {
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const value = readEither(environment, name);
  if (value === undefined || isLoopback(url.hostname)) return undefined;
  if (isExempt(url, readEither(environment, "NO_PROXY") ?? "")) return undefined;
  return parseProxy(value, name);
}

function readEither(environment: EnvironmentValues, name: string): string | undefined {
  const read = (key: string): string | undefined =>
    Object.hasOwn(environment, key) ? environment[key]?.trim() : undefined;
  const value = read(name.toLowerCase()) ?? read(name);
  return value === "" ? undefined : value;
}

function isLoopback(hostname: string): boolean {
  if (plainAddress(hostname) !== undefined) return classifyAddress(hostname) === "loopback";
  const name = hostname.replace(/\.$/, "");
  return name === "localhost" || name.endsWith(".localhost");
}

function isExempt(url: URL, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && (entry === "*" || entryFits(entry, url)));
}

function entryFits(entry: string, url: URL): boolean {
  const { host, port } = splitPort(entry);
  if (port !== undefined && port !== portOf(url)) return false;
  const spellings = addressSpellings(url.hostname);
  if (spellings.length > 0) {
    const range = new BlockList();
    return addRange(range, host) && spellings.some((spelling) => blockListHas(range, spelling));
  }
  const name = url.hostname.replace(/\.$/, "");
  const domain = host.replace(/^\*?\./, "");
  return domain !== "" && (name === domain || name.endsWith(`.${domain}`));
}

/** An IPv6 address has its port behind brackets; without them every colon is its own. */
function splitPort(entry: string): { host: string; port: number | undefined } {
  const found = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry);
  return { host: found?.[1] ?? entry, port: found?.[2] === undefined ? undefined : Number(found[2]) };
}

function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

function parseProxy(value: string, name: string): Proxy {
  const text = value.includes("://") ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === "") throw badProxy(name, "is not a URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw badProxy(name, `has the scheme ${url.protocol.slice(0, -1)}, which is not supported`);
  }
  const port = portOf(url);
  return {
    host: plainAddress(url.hostname) ?? url.hostname,
    port,
    secure: url.protocol === "https:",
    authorization: authorizationOf(url, name),
    label: `${url.hostname}:${port}`,
  };
}

function authorizationOf(url: URL, name: string): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  try {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(pair).toString("base64")}`;
  } catch (cause) {
    if (cause instanceof URIError) throw badProxy(name, "has credentials that are not percent-encoded");
    throw cause;
  }
}

/** The value is not told: it may hold a password. */
function badProxy(name: string, problem: string): FairleadError {
  return notConnected(
    "proxy_failed",
    `The proxy in ${name} ${problem}. Set it to http://HOST:PORT or https://HOST:PORT, or unset it`,
    { details: { variable: name } },
  );
}
