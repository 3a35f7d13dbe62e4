import { BlockList } from "node:net";
import { domainToASCII } from "node:url";
import { FairleadError } from "@fairlead/core";
import {
  type AddressClass,
  addRange,
  addressClasses,
  addressSpellings,
  blockListHas,
  classifyAddress,
  plainAddress,
} from "./address-class.js";
import { usageError } from "./http-errors.js";

/**
 * Which destinations requests may go to. A pattern is a host name (`api.example.com`), a name with all below it
 * (`*.example.com`), `*`, an address, a range (`10.0.0.0/8`, `fc00::/7`), or a class: `loopback`, `private`, `link-local`,
 * `metadata`, `public`. Names are compared with what the URL says, the others with the address that is connected to.
 */
export interface DestinationRules {
  /**
   * Only what one of these fits may be reached. Addresses of the classes `link-local` and `metadata` stay refused unless an
   * address, range or class here covers them; a name or `*` does not, because a name can point anywhere.
   * @default everything but link-local and metadata addresses
   */
  readonly allow?: readonly string[] | undefined;
  /** Never reached, whatever `allow` says. @default nothing */
  readonly deny?: readonly string[] | undefined;
}

/** Decides about destinations, by name and by the addresses that the name led to. */
export interface DestinationPolicy {
  /**
   * Refuses a host that its name or literal address alone rules out.
   * @throws FairleadError `forbidden`/`policy_denied`
   */
  checkHost(host: string): void;
  /**
   * Refuses a name whose addresses cannot be seen from here, where `allow` does not name it.
   * @throws FairleadError `forbidden`/`policy_denied`
   */
  checkUnresolved(host: string): void;
  /**
   * The addresses of a host that may be connected to, in the order they were given.
   * @throws FairleadError `forbidden`/`policy_denied` where none is left
   */
  permitted(host: string, addresses: readonly string[]): readonly string[];
}

/**
 * Makes the policy of some rules.
 * @throws FairleadError `usage`/`argument_invalid` for a pattern that is none
 */
export function createDestinationPolicy(rules: DestinationRules = {}): DestinationPolicy {
  const allow = rules.allow === undefined ? undefined : compile(rules.allow, "allow");
  const deny = compile(rules.deny ?? [], "deny");
  const objectionTo = (host: string, address: string): string | undefined => {
    const name = nameOf(host);
    if (deny.fitsName(name) || deny.fitsAddress(address)) return "the policy denies it";
    const kind = classifyAddress(address);
    if (allow?.fitsAddress(address) === true) return undefined;
    if (kind === "metadata" || kind === "link-local") return `it is a ${kind} address`;
    if (allow !== undefined && !allow.fitsName(name)) return "the policy does not allow it";
    return undefined;
  };
  const objectionToHost = (host: string): string | undefined => {
    const address = plainAddress(host);
    if (address !== undefined) return objectionTo(host, address);
    const name = nameOf(host);
    if (deny.fitsName(name)) return "the policy denies it";
    if (metadataNames.has(name) && allow?.names.has(name) !== true)
      return "it is the name of a metadata service";
    return undefined;
  };
  return {
    checkHost(host) {
      const objection = objectionToHost(host);
      if (objection !== undefined) throw denied(host, objection);
    },
    checkUnresolved(host) {
      if (allow === undefined || allow.fitsName(nameOf(host))) return;
      throw denied(host, "the policy does not allow its name, and its addresses are not known here");
    },
    permitted(host, addresses) {
      let objection = objectionToHost(host);
      if (objection !== undefined) throw denied(host, objection);
      const permitted: string[] = [];
      for (const address of addresses) {
        const found = objectionTo(host, address);
        if (found === undefined) permitted.push(address);
        else objection = `its address ${address} is refused: ${found}`;
      }
      if (permitted.length === 0) throw denied(host, objection ?? "it has no address");
      return permitted;
    },
  };
}

/** Names under which clouds hand out credentials; a proxy would look them up where we cannot see it. */
const metadataNames: ReadonlySet<string> = new Set([
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
]);

interface Patterns {
  readonly names: ReadonlySet<string>;
  fitsName(name: string): boolean;
  fitsAddress(address: string): boolean;
}

function compile(patterns: readonly string[], list: string): Patterns {
  const names = new Set<string>();
  const suffixes: string[] = [];
  const classes = new Set<AddressClass>();
  const ranges = new BlockList();
  for (const written of patterns) {
    const pattern = written.trim().toLowerCase();
    const addressClass = addressClasses.find((known) => known === pattern);
    if (addressClass !== undefined) classes.add(addressClass);
    else if (addRange(ranges, pattern)) continue;
    else if (pattern === "*") suffixes.push("");
    else {
      const [, below, domain = ""] = /^(\*\.)?([^*/\s:]+)$/.exec(pattern) ?? [];
      // A URL writes names in ASCII.
      const name = nameOf(domainToASCII(domain));
      if (name === "") throw badPattern(written, list);
      if (below === undefined) names.add(name);
      else suffixes.push(`.${name}`);
    }
  }
  return {
    names,
    fitsName: (name) => names.has(name) || suffixes.some((suffix) => name.endsWith(suffix)),
    fitsAddress: (address) =>
      classes.has(classifyAddress(address)) ||
      addressSpellings(address).some((spelling) => blockListHas(ranges, spelling)),
  };
}

function nameOf(host: string): string {
  return host.toLowerCase().replace(/\.+$/, "");
}

function badPattern(written: string, list: string): FairleadError {
  return usageError(
    "argument_invalid",
    `The pattern ${JSON.stringify(written)} in "${list}" of the destinations is neither a host, "*.domain", "*", an address, a range such as 10.0.0.0/8, nor one of ${addressClasses.join(", ")}`,
  );
}

function denied(host: string, objection: string): FairleadError {
  return new FairleadError(
    "forbidden",
    `Requests to ${host} are refused: ${objection}. Whoever owns the machine where the request leaves can allow it there`,
    { reason: "policy_denied", effect: "none", details: { host } },
  );
}
