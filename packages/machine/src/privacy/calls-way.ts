import { win32 } from "node:path";
import { FairleadError } from "@fairlead/core";
import type { SecurityCalls } from "../windows/security-calls.js";
import { describeList, readAllowed, readTokenUser, writeAllowed } from "./access-bytes.js";
import { othersAmong, type Trustee } from "./access-list.js";
import { type AccessWay, alwaysAllowed } from "./access-way.js";

/** The flag of a file system that keeps access lists. */
const keepsLists = 0x0000_0008;

/** From this length on Windows wants a path in its long form. */
const longPath = 240;

const words: Readonly<Record<number, string>> = {
  1: "not possible on this drive",
  2: "not there",
  3: "not there",
  5: "access denied",
  50: "not possible on this drive",
  1307: "this user may not",
};

/** Access lists by the functions of Windows. Nobody is named but by his identifier. */
export function callsWay(calls: SecurityCalls): AccessWay {
  return {
    findOwnSid: async () => {
      const found = calls.readOwnUser();
      if (found === undefined) throw new FairleadError("unavailable", "Windows does not tell who we are");
      return readTokenUser(found.user, found.address);
    },
    readOthers: async (path, ownSid) => {
      const found = calls.readAccess(fitting(path));
      if (typeof found === "number") throw failed("read", path, found);
      const others = othersIn(found, ownSid);
      // Such a drive answers as if everybody had been allowed everything.
      if (others.length > 0) refuseDriveWithoutLists(path, calls);
      return others;
    },
    close: async ({ path, isFolder, ownSid }) => {
      const list = writeAllowed({ sids: [ownSid, ...alwaysAllowed], isFolder });
      const error = calls.writeAccess(fitting(path), list);
      if (error !== 0) throw failed("changed", path, error);
      // Wine lets it inherit all the same.
      if (isOpen(path, ownSid, calls)) calls.replaceAccess(fitting(path), describeList(list));
    },
  };
}

function othersIn(descriptor: Buffer, ownSid: string): readonly Trustee[] {
  const allowed = readAllowed(descriptor);
  return othersAmong(allowed === "everybody" ? ["S-1-1-0"] : allowed.map(({ sid }) => sid), ownSid);
}

function isOpen(path: string, ownSid: string, calls: SecurityCalls): boolean {
  const found = calls.readAccess(fitting(path));
  return typeof found !== "number" && othersIn(found, ownSid).length > 0;
}

function refuseDriveWithoutLists(path: string, calls: SecurityCalls): void {
  const volume = calls.findVolume(fitting(path));
  const flags = volume === undefined ? undefined : calls.readVolumeFlags(volume);
  if (flags === undefined || (flags & keepsLists) !== 0) return;
  throw new FairleadError("unavailable", `the drive ${volume} keeps no access lists`);
}

function fitting(path: string): string {
  return path.length < longPath ? path : win32.toNamespacedPath(path);
}

function failed(what: "read" | "changed", path: string, error: number): FairleadError {
  return new FairleadError(
    "unavailable",
    `the access list of ${path} cannot be ${what}: ${words[error] ?? "Windows refuses it"} (error ${error})`,
    { effect: "none", details: { path, error } },
  );
}
