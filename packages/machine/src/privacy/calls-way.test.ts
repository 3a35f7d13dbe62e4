import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SecurityCalls } from "../windows/security-calls.js";
import { describeList, readAllowed, readSid, writeAllowed, writeSid } from "./access-bytes.js";
import { callsWay } from "./calls-way.js";
import { closeAccess, readAccess } from "./windows-access.js";

const me = "S-1-5-21-4000000001-2-3-1001";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl-acl-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A descriptor whose list is this; without one it has none. */
function descriptorOf(list?: Buffer): Buffer {
  return list === undefined ? Buffer.alloc(20) : describeList(list);
}

interface Entry {
  readonly kind?: number;
  readonly mask?: number;
  readonly before?: Buffer;
  readonly sid: string;
}

function listOf(...entries: readonly Entry[]): Buffer {
  const bytes = entries.map(({ kind = 0, mask = 1, before = Buffer.alloc(0), sid }) => {
    const body = Buffer.concat([before, writeSid(sid)]);
    const head = Buffer.alloc(8);
    head.writeUInt8(kind);
    head.writeUInt16LE(head.length + body.length, 2);
    head.writeUInt32LE(mask, 4);
    return Buffer.concat([head, body]);
  });
  const head = Buffer.alloc(8);
  head.writeUInt8(2);
  head.writeUInt16LE(entries.length, 4);
  return Buffer.concat([head, ...bytes]);
}

/** A Windows whose one file has this list. */
function windowsWith(descriptor: Buffer | number, more: Partial<SecurityCalls> = {}): SecurityCalls {
  let kept = descriptor;
  const user = Buffer.concat([Buffer.alloc(16), writeSid(me)]);
  user.writeBigUInt64LE(0x7ff6_0000_0010n);
  return {
    readOwnUser: () => ({ user, address: 0x7ff6_0000_0000n }),
    readAccess: () => kept,
    writeAccess: (_, list) => {
      kept = descriptorOf(list);
      return 0;
    },
    replaceAccess: (_, whole) => {
      kept = whole;
      return true;
    },
    findVolume: () => "E:\\",
    readVolumeFlags: () => 0x8,
    ...more,
  };
}

const sidsOf = (descriptor: Buffer): unknown => {
  const allowed = readAllowed(descriptor);
  return allowed === "everybody" ? allowed : allowed.map(({ sid }) => sid);
};

describe("the bytes of an access list", () => {
  test.each(["S-1-1-0", "S-1-5-32-545", me, "S-1-15-2-1", "S-1-5-84-0-0-0-0-0"])("name %s", (sid) => {
    expect(readSid(Buffer.concat([Buffer.alloc(3), writeSid(sid)]), 3)).toBe(sid);
  });

  test("tell who is allowed anything, behind whatever its kind puts before him", () => {
    const twoKinds = Buffer.alloc(36);
    twoKinds.writeUInt32LE(3);
    const list = listOf(
      { sid: "S-1-1-0" },
      { kind: 1, sid: "S-1-5-7" },
      { kind: 5, before: Buffer.alloc(4), sid: "S-1-5-11" },
      { kind: 11, before: twoKinds, sid: "S-1-5-4" },
      { kind: 9, sid: "S-1-5-2" },
      { mask: 0, sid: "S-1-5-6" },
    );
    expect(sidsOf(descriptorOf(list))).toEqual(["S-1-1-0", "S-1-5-11", "S-1-5-4", "S-1-5-2"]);
    expect(sidsOf(descriptorOf(listOf()))).toEqual([]);
    expect(sidsOf(descriptorOf())).toBe("everybody");
    expect(() => readAllowed(descriptorOf(list).subarray(0, 60))).toThrow(RangeError);
  });

  test("are written with inheritance for folders alone", () => {
    const [ofFolder, ofFile] = [true, false].map((isFolder) => writeAllowed({ sids: [me], isFolder }));
    expect(ofFolder?.toString("hex").slice(16, 32)).toBe("00032400ff011f00");
    expect(ofFile?.toString("hex").slice(16, 32)).toBe("00002400ff011f00");
    expect(ofFolder?.readUInt16LE(2)).toBe(ofFolder?.length);
  });
});

describe("access lists by the functions of Windows", () => {
  test("name others, those of a domain included, and are closed to them", async () => {
    const users = "S-1-5-21-9-9-9-513";
    const found = listOf({ sid: users }, { sid: me }, { sid: "S-1-5-18" }, { sid: "S-1-1-0" });
    const way = callsWay(windowsWith(descriptorOf(found)));
    expect(await readAccess(folder, way)).toEqual({
      kind: "known",
      ownSid: me,
      others: [
        { sid: users, name: users },
        { sid: "S-1-1-0", name: "everyone" },
      ],
    });
    await closeAccess(folder, way);
    expect(await readAccess(folder, way)).toMatchObject({ others: [] });
  });

  test("trust the administrators of the user's own domain, and of no other, but those of its machine and forest", async () => {
    const ours = "S-1-5-21-4000000001-2-3-512";
    const theirs = "S-1-5-21-9-9-9-512";
    const ofMachine = "S-1-5-21-7-7-7-500";
    const ofForest = "S-1-5-21-9-9-9-519";
    const list = listOf({ sid: ours }, { sid: theirs }, { sid: ofMachine }, { sid: ofForest });
    const way = callsWay(windowsWith(descriptorOf(list)));
    expect(await readAccess(folder, way)).toMatchObject({ others: [{ sid: theirs }] });
  });

  test("that a drive does not keep are unknown, not open", async () => {
    const way = callsWay(windowsWith(descriptorOf(), { readVolumeFlags: () => 0x6 }));
    expect(await readAccess(folder, way)).toEqual({
      kind: "unknown",
      why: "the drive E:\\ keeps no access lists",
    });
    const noLists = { readVolumeFlags: () => 0x6, writeAccess: () => 0, replaceAccess: () => true };
    const deaf = callsWay(windowsWith(descriptorOf(), noLists));
    await expect(closeAccess(folder, deaf)).rejects.toThrow("the drive E:\\ keeps no access lists");
  });

  test("that inherit although they were told not to are replaced", async () => {
    const open = descriptorOf(listOf({ sid: "S-1-1-0" }));
    const way = callsWay(windowsWith(open, { writeAccess: () => 0 }));
    await closeAccess(folder, way);
    expect(await readAccess(folder, way)).toMatchObject({ others: [] });
  });

  test("that stay open, or may not be changed or read, are told", async () => {
    const open = descriptorOf(listOf({ sid: "S-1-1-0" }));
    const deaf = callsWay(windowsWith(open, { writeAccess: () => 0, replaceAccess: () => false }));
    await expect(closeAccess(folder, deaf)).rejects.toThrow("it is still open to everyone");
    const locked = callsWay(windowsWith(open, { writeAccess: () => 5 }));
    await expect(closeAccess(folder, locked)).rejects.toThrow("access denied (error 5)");
    expect(await readAccess(folder, callsWay(windowsWith(5)))).toMatchObject({ kind: "unknown" });
    const short = callsWay(windowsWith(Buffer.alloc(4)));
    expect(await readAccess(folder, short)).toMatchObject({ kind: "unknown" });
  });
});
