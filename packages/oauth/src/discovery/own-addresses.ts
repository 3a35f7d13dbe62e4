import { hostname as machineName } from "node:os";

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
 * turns `127.1`, `0x7f.1` and full-width letters into the usual ones, and IPv4 inside of IPv6 into hex), the unspecified
 * address, which systems connect to themselves, and the name of this machine.
 */
export function isThisMachine({ hostname }: URL): boolean {
  const host = hostname.toLowerCase().replace(/\.+$/, "");
  if (isLoopbackHost(host) || ownNames.has(host) || isMachineName(host)) return true;
  if (/^0\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)) return true;
  // ::, then IPv4 as ::a.b.c.d, ::ffff:a.b.c.d, ::ffff:0:a.b.c.d and 64:ff9b::a.b.c.d, of 127/8 and of 0.0.0.0.
  if (/^\[(::|::ffff:(0:)?|64:ff9b::)(7f[\da-f]{2}:[\da-f]{1,4}|0:0|)\]$/.test(host)) return true;
  return inLocalPrefix(host).some(([first]) => first === 127);
}

/** Whether the host of a parsed URL is an address that every link has for itself: 169.254/16, also inside of IPv6, and fe80::/10. */
export function isLinkLocal({ hostname }: URL): boolean {
  if (/^169\.254\.\d{1,3}\.\d{1,3}\.?$/.test(hostname) || /^\[fe[89ab][\da-f]:/.test(hostname)) return true;
  if (/^\[(::|::ffff:(0:)?|64:ff9b::)a9fe:[\da-f]{1,4}\]$/.test(hostname)) return true;
  return inLocalPrefix(hostname).some(([first, second]) => first === 169 && second === 254);
}

/** As it calls itself, in full, and to its neighbours. */
function isMachineName(host: string): boolean {
  const name = machineName().toLowerCase().replace(/\.+$/, "");
  if (name === "") return false;
  const [short = name] = name.split(".");
  return host === name || host === short || host === `${short}.local`;
}

/**
 * The IPv4 addresses that an address of 64:ff9b:1::/48 may hold, as bytes (RFC 6052 2.2): around the byte that is always 0, as
 * that prefix has it, or at its end.
 */
function inLocalPrefix(host: string): readonly (readonly number[])[] {
  if (!host.startsWith("[64:ff9b:1:")) return [];
  const [before = "", after] = host.slice(1, -1).split("::");
  const head = before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const groups = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => "0"), ...tail];
  const bytes = groups.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
  return [[...bytes.slice(6, 8), ...bytes.slice(9, 11)], bytes.slice(12)];
}
