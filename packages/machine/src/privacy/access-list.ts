/** Somebody who may use a file, as its access list names him. */
export interface Trustee {
  /** His security identifier: `S-1-1-0`. Undefined for a short form that means somebody else in every domain. */
  readonly sid: string | undefined;
  /** For people. */
  readonly name: string;
}

/** The short forms that access lists use for those whom everybody knows, and what people call them. */
const known: Readonly<Record<string, readonly [sid: string, name: string]>> = {
  AA: ["S-1-5-32-579", "access control assistants"],
  AC: ["S-1-15-2-1", "all apps"],
  AN: ["S-1-5-7", "anonymous users"],
  AO: ["S-1-5-32-548", "account operators"],
  AU: ["S-1-5-11", "all who are logged on"],
  BG: ["S-1-5-32-546", "guests"],
  BO: ["S-1-5-32-551", "backup operators"],
  BU: ["S-1-5-32-545", "all users of this machine"],
  CD: ["S-1-5-32-574", "users of certificate services"],
  CG: ["S-1-3-1", "the group of whoever makes a file"],
  CY: ["S-1-5-32-569", "cryptographic operators"],
  ED: ["S-1-5-9", "controllers of the domain"],
  ER: ["S-1-5-32-573", "readers of event logs"],
  ES: ["S-1-5-32-576", "remote desktop endpoint servers"],
  HA: ["S-1-5-32-578", "Hyper-V administrators"],
  HO: ["S-1-5-32-584", "hardware operators"],
  IS: ["S-1-5-32-568", "web services"],
  IU: ["S-1-5-4", "whoever sits at this machine"],
  LS: ["S-1-5-19", "local services"],
  LU: ["S-1-5-32-559", "users of performance logs"],
  MS: ["S-1-5-32-577", "remote desktop management servers"],
  MU: ["S-1-5-32-558", "users of performance monitors"],
  NO: ["S-1-5-32-556", "network operators"],
  NS: ["S-1-5-20", "network services"],
  NU: ["S-1-5-2", "whoever comes over the network"],
  PO: ["S-1-5-32-550", "printer operators"],
  PS: ["S-1-5-10", "itself"],
  PU: ["S-1-5-32-547", "power users"],
  RA: ["S-1-5-32-575", "remote desktop access servers"],
  RC: ["S-1-5-12", "restricted programs"],
  RD: ["S-1-5-32-555", "users of remote desktops"],
  RE: ["S-1-5-32-552", "replicators"],
  RM: ["S-1-5-32-580", "users of remote management"],
  RU: ["S-1-5-32-554", "users of older systems"],
  SO: ["S-1-5-32-549", "server operators"],
  SU: ["S-1-5-6", "services"],
  UD: ["S-1-5-84-0-0-0-0-0", "user-mode drivers"],
  WD: ["S-1-1-0", "everyone"],
  WR: ["S-1-5-33", "write-restricted programs"],
};

const names: ReadonlyMap<string, string> = new Map(Object.values(known));

/** Short forms for those of a domain, whose identifiers begin as the domain's does. */
const ofDomain: Readonly<Record<string, string>> = {
  CA: "publishers of certificates",
  DC: "computers of the domain",
  DD: "controllers of the domain",
  DG: "guests of the domain",
  DU: "users of the domain",
  LG: "the guest of this machine",
  PA: "policy administrators of the domain",
  RO: "read-only controllers of the domain",
  RS: "remote access servers of the domain",
  SA: "schema administrators of the domain",
};

/** The system and administrators, whom nothing can be hidden from; owners; and whoever makes a file, which is us. */
const trusted: ReadonlySet<string> = new Set([
  "SY",
  "S-1-5-18",
  "BA",
  "S-1-5-32-544",
  "LA",
  "DA",
  "EA",
  "OW",
  "S-1-3-4",
  "CO",
  "S-1-3-0",
]);

/**
 * The first administrator of a machine or domain, and those of a forest: the machine of a domain's user, and the forest's root,
 * have identifiers of their own, which are nowhere in the user's. `LA` and `EA` as numbers.
 */
const administratorAnywhere = /^S-1-5-21-\d+-\d+-\d+-(?:500|519)$/;

/** Of those whom an access list allows something, who is not its user, the system or an administrator; each once. */
export function othersAmong(sids: readonly string[], ownSid: string): readonly Trustee[] {
  const others = sids.filter((sid) => !isTrusted(sid, ownSid));
  return [...new Set(others)].map((sid) => ({ sid, name: names.get(sid) ?? sid }));
}

function isTrusted(sid: string, ownSid: string): boolean {
  if (sid === ownSid || trusted.has(sid) || administratorAnywhere.test(sid)) return true;
  const domain = ownSid.slice(0, ownSid.lastIndexOf("-"));
  // The administrators of another domain are not those of this machine.
  return domain.startsWith("S-1-5-21-") && sid === `${domain}-512`;
}

/**
 * Finds those who are allowed anything by an access list, beside its user, the system and administrators.
 * @param sddl the list as Windows writes it down: `D:PAI(A;OICI;FA;;;SY)(A;;FR;;;WD)`
 * @param ownSid of the user
 * @returns undefined where the text is no such list
 */
export function othersIn(sddl: string, ownSid: string): readonly Trustee[] | undefined {
  // A whole line, for a path may begin with `D:` too.
  const list = /^D:([A-Z_]*)((?:\([^()]*(?:\([^()]*\)[^()]*)*\))*)(?:S:.*)?\r?$/m.exec(sddl);
  if (list === null) return undefined;
  const [, flags = "", entries = ""] = list;
  // No list at all allows everything to everybody; an empty one allows nothing.
  if (flags.includes("NO_ACCESS_CONTROL")) return othersAmong(["S-1-1-0"], ownSid);
  const trustees: string[] = [];
  for (const [, entry = ""] of entries.matchAll(/\(([^()]*(?:\([^()]*\)[^()]*)*)\)/g)) {
    const [kind = "", , , , , trustee = ""] = entry.split(";");
    // Of all kinds that allow something: `A`, `OA`, `XA`, `ZA`; those that forbid have a D there.
    if (/^[OXZ]?A$/.test(kind)) trustees.push(known[trustee]?.[0] ?? trustee);
  }
  const nameless = trustees.filter((trustee) => !trustee.startsWith("S-") && !trusted.has(trustee));
  return [
    ...othersAmong(
      trustees.filter((trustee) => !nameless.includes(trustee)),
      ownSid,
    ),
    ...[...new Set(nameless)].map((form) => ({ sid: undefined, name: ofDomain[form] ?? form })),
  ];
}
