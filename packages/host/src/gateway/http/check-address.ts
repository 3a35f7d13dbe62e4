import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { rememberLast } from "./remember-last.js";

/** Under which names the face may be asked, and by whose pages. */
export interface AddressRules {
  /** The name or address that the face listens on. */
  readonly host: string;
  readonly allowedHosts: readonly string[];
  /** @default those of this machine's loopback names */
  readonly allowedOrigins: readonly string[] | undefined;
}

const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Tells whether a name or address means this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === "localhost" || name === "::1" || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/**
 * Tells whether the Host header names us. A page whose own name was made to lead here (DNS rebinding) sends that name; an
 * address cannot be made to lead elsewhere, so the one that the connection came to is fine.
 */
export function isAllowedHost(request: IncomingMessage, rules: AddressRules): boolean {
  const header = request.headers.host?.toLowerCase();
  const parsed = header === undefined ? undefined : parseHost(header);
  if (header === undefined || parsed === undefined) return false;
  const { hostname, host } = parsed;
  if (loopbackNames.has(hostname) || hostname === inUrl(rules.host)) return true;
  if (rules.allowedHosts.some((allowed) => [hostname, host, header].includes(allowed.toLowerCase())))
    return true;
  const local = request.socket.localAddress?.replace(/^::ffff:/, "");
  return local !== undefined && isIP(local) !== 0 && hostname === inUrl(local);
}

const parseHost = rememberLast((header: string) =>
  URL.canParse(`http://${header}`) ? new URL(`http://${header}`) : undefined,
);

/** Tells whether a page of this origin may come in; programs other than browsers send none. */
export function isAllowedOrigin(origin: string, rules: AddressRules): boolean {
  const { allowedOrigins } = rules;
  if (allowedOrigins !== undefined) {
    return allowedOrigins.some((allowed) => allowed.toLowerCase() === origin.toLowerCase());
  }
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return (protocol === "http:" || protocol === "https:") && loopbackNames.has(hostname);
}

/** A host as it stands in a URL. */
export function inUrl(host: string): string {
  return isIP(host) === 6 ? `[${host.toLowerCase()}]` : host.toLowerCase();
}
