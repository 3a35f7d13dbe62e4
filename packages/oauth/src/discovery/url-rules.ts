import { FairleadError } from "@fairlead/core";

/** Whether a host is this machine itself, whatever its name resolves to elsewhere. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "[::1]" ||
    host === "::1" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  );
}

/** Names that systems give to their own loopback addresses beside `localhost`. */
const ownNames: ReadonlySet<string> = new Set([
  "localhost.localdomain",
  "localhost4",
  "localhost4.localdomain4",
  "localhost6",
  "localhost6.localdomain6",
  "ip6-localhost",
  "ip6-loopback",
]);

/**
 * Whether a connection to the host of a parsed URL ends at this machine: loopback in every spelling that parsing leaves (it
 * turns `127.1`, `0x7f.1` and full-width letters into the usual ones, and IPv4 inside of IPv6 into hex), and the unspecified
 * address, which systems connect to themselves.
 */
function isThisMachine({ hostname }: URL): boolean {
  const host = hostname.toLowerCase().replace(/\.+$/, "");
  if (isLoopbackHost(host) || ownNames.has(host)) return true;
  if (/^0\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)) return true;
  // ::, then IPv4 as ::a.b.c.d, ::ffff:a.b.c.d, ::ffff:0:a.b.c.d and 64:ff9b::a.b.c.d, of 127/8 and of 0.0.0.0.
  return /^\[(::|::ffff:(0:)?|64:ff9b::)(7f[\da-f]{2}:[\da-f]{1,4}|0:0|)\]$/.test(host);
}

/** What a URL of a provider is for, and whose server told of it. */
export interface EndpointUse {
  /** For messages, for example `token endpoint`. */
  readonly what: string;
  readonly serverUrl: string;
}

/**
 * Reads a URL that metadata or a challenge named. Plain http is taken only where it never leaves the machine (OAuth 2.1 1.5).
 * No server elsewhere may send us to ports of this machine, be it over https.
 * @throws FairleadError `protocol` `oauth_discovery_failed`, `forbidden` `insecure_transport`
 */
export function checkedEndpoint(text: string, use: EndpointUse): URL {
  const { what, serverUrl } = use;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new FairleadError(
      "protocol",
      `The ${what} that belongs to ${withoutQuery(serverUrl)} is no http or https URL. Report it to the makers of the server`,
      { reason: "oauth_discovery_failed", effect: "none" },
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new FairleadError(
      "protocol",
      `The ${what} that belongs to ${withoutQuery(serverUrl)} holds a user name or password, which is not allowed`,
      { reason: "oauth_discovery_failed", effect: "none" },
    );
  }
  if (isThisMachine(url) && !isThisMachine(new URL(serverUrl))) {
    throw new FairleadError(
      "forbidden",
      `The ${what} ${withoutQuery(url.href)} that belongs to ${withoutQuery(serverUrl)} is on this machine, where a server elsewhere may send nobody. Have the server's operator name an address that others can reach`,
      { reason: "insecure_transport", effect: "none" },
    );
  }
  if (url.protocol === "https:" || isLoopbackHost(url.hostname)) return url;
  throw new FairleadError(
    "forbidden",
    `The ${what} ${withoutQuery(url.href)} is not https: others could read what is sent there. Have the server's operator use https`,
    { reason: "insecure_transport", effect: "none" },
  );
}

/** A URL for messages and logs: in plain ASCII, without what may be secret in it. */
export function withoutQuery(text: string): string {
  if (!URL.canParse(text)) return "a malformed URL";
  const { origin, pathname } = new URL(text);
  return pathname === "/" ? origin : `${origin}${pathname}`;
}
