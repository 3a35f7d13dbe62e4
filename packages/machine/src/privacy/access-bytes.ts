/** One entry of an access list that allows something. */
export interface AllowedEntry {
  /** Who: `S-1-5-21-…`. */
  readonly sid: string;
}

/** Whom a list is to allow everything. */
export interface FullAccess {
  readonly sids: readonly string[];
  /** Whether files and folders made in it are to inherit that. */
  readonly isFolder: boolean;
}

const hasList = 0x0004;
const inheritsNothing = 0x1000;
const isSelfRelative = 0x8000;
const fullControl = 0x001f_01ff;
const inheritToAll = 0x03;
const entryHeadBytes = 8;

/** The kinds of entries that allow something: where their identifier begins depends on what is before it. */
const allowing: ReadonlyMap<number, "plain" | "object"> = new Map([
  [0, "plain"],
  [5, "object"],
  [9, "plain"],
  [11, "object"],
]);

/**
 * Reads who is allowed anything, in whatever is made in a folder too, out of a self-relative SECURITY_DESCRIPTOR.
 * @returns `everybody` where there is no list, which allows everything
 * @throws RangeError where it ends too early
 */
export function readAllowed(descriptor: Buffer): readonly AllowedEntry[] | "everybody" {
  const at = descriptor.readUInt32LE(16);
  if ((descriptor.readUInt16LE(2) & hasList) === 0 || at === 0) return "everybody";
  const allowed: AllowedEntry[] = [];
  let entry = at + 8;
  for (let left = descriptor.readUInt16LE(at + 4); left > 0; left -= 1) {
    const kind = allowing.get(descriptor.readUInt8(entry));
    // An entry for nothing at all is how some programs note down that somebody is known.
    if (kind !== undefined && descriptor.readUInt32LE(entry + 4) !== 0) {
      const before = kind === "plain" ? 0 : objectBytes(descriptor.readUInt32LE(entry + entryHeadBytes));
      allowed.push({ sid: readSid(descriptor, entry + entryHeadBytes + before) });
    }
    entry += descriptor.readUInt16LE(entry + 2);
  }
  return allowed;
}

/** Flags say which of two identifiers of kinds of objects, of 16 bytes each, follow them. */
function objectBytes(flags: number): number {
  return 4 + ((flags & 1) === 0 ? 0 : 16) + ((flags & 2) === 0 ? 0 : 16);
}

/** Writes a list, an ACL, that allows some everything and others nothing. */
export function writeAllowed({ sids, isFolder }: FullAccess): Buffer {
  const entries = sids.map((text) => {
    const sid = writeSid(text);
    const head = Buffer.alloc(entryHeadBytes);
    head.writeUInt8(isFolder ? inheritToAll : 0, 1);
    head.writeUInt16LE(entryHeadBytes + sid.length, 2);
    head.writeUInt32LE(fullControl, 4);
    return Buffer.concat([head, sid]);
  });
  const list = Buffer.alloc(8);
  list.writeUInt8(2);
  list.writeUInt16LE(
    entries.reduce((sum, { length }) => sum + length, list.length),
    2,
  );
  list.writeUInt16LE(entries.length, 4);
  return Buffer.concat([list, ...entries]);
}

/** Puts a list, an ACL, into a self-relative SECURITY_DESCRIPTOR that inherits nothing. */
export function describeList(list: Buffer): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt8(1);
  head.writeUInt16LE(isSelfRelative | inheritsNothing | hasList, 2);
  head.writeUInt32LE(head.length, 16);
  return Buffer.concat([head, list]);
}

/** Reads the user out of a TOKEN_USER. @param address where its bytes lay when they were filled */
export function readTokenUser(user: Buffer, address: bigint): string {
  return readSid(user, Number(user.readBigUInt64LE() - address));
}

/** Reads a security identifier. @throws RangeError where the bytes end too early */
export function readSid(bytes: Buffer, at: number): string {
  const parts = Array.from({ length: bytes.readUInt8(at + 1) }, (_, index) =>
    bytes.readUInt32LE(at + 8 + index * 4),
  );
  return ["S", bytes.readUInt8(at), bytes.readUIntBE(at + 2, 6), ...parts].join("-");
}

/** The bytes of an identifier. */
export function writeSid(text: string): Buffer {
  const [revision = 0, authority = 0, ...parts] = text.split("-").slice(1).map(Number);
  const bytes = Buffer.alloc(8 + parts.length * 4);
  bytes.writeUInt8(revision);
  bytes.writeUInt8(parts.length, 1);
  bytes.writeUIntBE(authority, 2, 6);
  for (const [index, part] of parts.entries()) bytes.writeUInt32LE(part, 8 + index * 4);
  return bytes;
}
