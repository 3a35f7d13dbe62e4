import { FairleadError } from "@fairlead/core";
import { isLinkLocal, isLoopbackHost, isThisMachine } from "./own-addresses.js";

/** What a URL of a provider is for, and whose server told of it. */
export interface EndpointUse {
  /** For messages, for example `token endpoint`. */
  readonly what: string;
  readonly serverUrl: string;
}

/**
 * Reads a URL that metadata or a challenge named. Plain http is taken only where it never leaves the machine (OAuth 2.1 1.5).
 * No server elsewhere may send us to ports of this machine, be it over https, or to addresses that mean something else on
 * every link: there machines tell their secrets to their neighbours.
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
  const server = new URL(serverUrl);
  const isOwn = isThisMachine(url) && !isThisMachine(server);
  if (isOwn || (isLinkLocal(url) && !isLinkLocal(server) && !isThisMachine(server))) {
    throw new FairleadError(
      "forbidden",
      `The ${what} ${withoutQuery(url.href)} that belongs to ${withoutQuery(serverUrl)} is on this ${isOwn ? "machine" : "machine's own link"}, where a server elsewhere may send nobody. Have the server's operator name an address that others can reach`,
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
