import { BlockList, isIP, isIPv4 } from "node:net";

/**
 * What an address leads to. `metadata` are the addresses where clouds hand out credentials to whoever asks, `link-local` the
 * rest of 169.254.0.0/16 and fe80::/10, `private` the address space of organisations and carriers.
 */
export type AddressClass = "metadata" | "link-local" | "loopback" | "private" | "public";

/** Every class, the one that decides first where several fit. */
export const addressClasses: readonly AddressClass[] = [
  "metadata",
  "link-local",
  "loopback",
  "private",
  "public",
];

/** Tells what a literal address leads to; one of IPv6 that carries an address of IPv4 is judged by both. */
export function classifyAddress(address: string): AddressClass {
  const spellings = addressSpellings(address);
  const found = (["metadata", "link-local", "loopback", "private"] as const).find((name) =>
    spellings.some((spelling) => blockListHas(ranges[name], spelling)),
  );
  return found ?? "public";
}

/**
 * The address as such, without zone and brackets, and the IPv4 address inside it where it is IPv6 made of one (mapped,
 * compatible, NAT64, SIIT, 6to4). Empty for anything that is not an address.
 */
export function addressSpellings(address: string): readonly string[] {
  const plain = plainAddress(address);
  if (plain === undefined) return [];
  if (isIPv4(plain)) return [plain];
  const embedded = embeddedIpv4(ipv6Groups(plain));
  return embedded === undefined ? [plain] : [plain, embedded];
}

/** A literal address without the brackets of a URL and without a zone; undefined for a name. */
export function plainAddress(host: string): string | undefined {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  const [address = ""] = bare.split("%");
  return isIP(address) === 0 ? undefined : address;
}

/** Tells whether a list of ranges holds an address, which has neither brackets nor zone. */
export function blockListHas(list: BlockList, address: string): boolean {
  return list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

/**
 * Adds `10.0.0.0/8`, `fc00::/7` or a single address to a list of ranges.
 * @returns false where the text is neither
 */
export function addRange(list: BlockList, text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const plain = plainAddress(address);
  if (plain === undefined || rest.length > 0) return false;
  const family = isIPv4(plain) ? "ipv4" : "ipv6";
  const bits = family === "ipv4" ? 32 : 128;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)) return false;
  list.addSubnet(plain, prefix === undefined ? bits : Number(prefix), family);
  return true;
}

const ranges = {
  metadata: rangesOf(
    // Amazon, Google, Azure, Oracle, DigitalOcean and others; then Amazon's containers, Alibaba, Azure's agent, Oracle's old one.
    ["169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16", "192.0.0.192"],
    ["fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"],
  ),
  "link-local": rangesOf(["169.254.0.0/16"], ["fe80::/10"]),
  // A connection to the unspecified address reaches this machine.
  loopback: rangesOf(["127.0.0.0/8", "0.0.0.0/8"], ["::1", "::"]),
  private: rangesOf(
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"],
    ["fc00::/7", "fec0::/10"],
  ),
};

function rangesOf(...lists: readonly (readonly string[])[]): BlockList {
  const list = new BlockList();
  for (const text of lists.flat()) addRange(list, text);
  return list;
}

/** The eight groups of an IPv6 address that `node:net` accepted. */
function ipv6Groups(address: string): readonly number[] {
  const hexadecimal = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [before = "", after] = hexadecimal.split("::");
  const head = groupsOf(before);
  if (after === undefined) return head;
  const tail = groupsOf(after);
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

function embeddedIpv4(groups: readonly number[]): string | undefined {
  const [first = 0, second = 0, third = 0] = groups;
  const [high = 0, low = 0] = groups.slice(6);
  const zeroBetween = (from: number, to: number): boolean =>
    groups.slice(from, to).every((group) => group === 0);
  const mapped = zeroBetween(0, 5) && groups[5] === 0xffff;
  // `::` and `::1` are addresses of their own, not IPv4 ones written long.
  const compatible = zeroBetween(0, 6) && high !== 0;
  const translated = first === 0x64 && second === 0xff9b && (zeroBetween(2, 6) || third === 1);
  const stateless = zeroBetween(0, 4) && groups[4] === 0xffff && groups[5] === 0;
  if (mapped || compatible || translated || stateless) return dotted(high, low);
  return first === 0x2002 ? dotted(second, third) : undefined;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}
