/** Somebody who may use a file, as its access list names him. */
export interface Trustee {
  /** His security identifier: `S-1-1-0`; or the system's short form of one that we do not know. */
  readonly sid: string;
  /** For people. */
  readonly name: string;
}

/** The short forms that access lists use for those whom everybody knows, and what people call them. */
const known: Readonly<Record<string, readonly [sid: string, name: string]>> = {
  AC: ["S-1-15-2-1", "all apps"],
  AN: ["S-1-5-7", "anonymous users"],
  AU: ["S-1-5-11", "all who are logged on"],
  BG: ["S-1-5-32-546", "guests"],
  BU: ["S-1-5-32-545", "all users of this machine"],
  CG: ["S-1-3-1", "the group of whoever makes a file"],
  IU: ["S-1-5-4", "whoever sits at this machine"],
  LS: ["S-1-5-19", "local services"],
  NS: ["S-1-5-20", "network services"],
  NU: ["S-1-5-2", "whoever comes over the network"],
  PU: ["S-1-5-32-547", "power users"],
  RD: ["S-1-5-32-555", "users of remote desktops"],
  RC: ["S-1-5-12", "restricted programs"],
  SU: ["S-1-5-6", "services"],
  WD: ["S-1-1-0", "everyone"],
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
  if (flags.includes("NO_ACCESS_CONTROL")) return [describe("WD")];
  const others = new Map<string, Trustee>();
  for (const [, entry = ""] of entries.matchAll(/\(([^()]*(?:\([^()]*\)[^()]*)*)\)/g)) {
    const [kind = "", , , , , trustee = ""] = entry.split(";");
    // Of all kinds that allow something: `A`, `OA`, `XA`, `ZA`; those that forbid have a D there.
    if (!/^[OXZ]?A$/.test(kind) || trustee === ownSid || trusted.has(trustee)) continue;
    others.set(trustee, describe(trustee));
  }
  return [...others.values()];
}

function describe(trustee: string): Trustee {
  const [sid, name] = known[trustee] ?? [trustee, trustee];
  return { sid, name };
}
