import { stat } from "node:fs/promises";
import { FairleadError } from "@fairlead/core";
import { loadSecurityCalls } from "../windows/security-calls.js";
import type { Trustee } from "./access-list.js";
import type { AccessWay } from "./access-way.js";
import { callsWay } from "./calls-way.js";
import { closingArguments, toolsWay } from "./tools-way.js";

/** What an access list says about others. */
export type AccessAnswer =
  | { readonly kind: "known"; readonly others: readonly Trustee[]; readonly ownSid: string }
  /** In words. */
  | { readonly kind: "unknown"; readonly why: string };

let finding: Promise<AccessWay> | undefined;

/** The functions of Windows where koffi is there to call them, else its programs. */
function ownWay(): Promise<AccessWay> {
  finding ??= loadSecurityCalls().then((calls) => (calls === undefined ? toolsWay() : callsWay(calls)));
  return finding;
}

/** Reads who may use a file or folder. Never rejects. @param chosen for tests. @default by functions, else by programs */
export async function readAccess(path: string, chosen?: AccessWay): Promise<AccessAnswer> {
  try {
    const way = chosen ?? (await ownWay());
    const ownSid = await way.findOwnSid();
    return { kind: "known", others: await way.readOthers(path, ownSid), ownSid };
  } catch (thrown) {
    return { kind: "unknown", why: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

/**
 * Leaves a file or folder, with all that will be made in it, to its user, the system and administrators; and looks whether
 * that is so.
 * @param chosen as for {@link readAccess}
 * @throws FairleadError `unavailable` where the system refuses it, or others may use it all the same
 */
export async function closeAccess(path: string, chosen?: AccessWay): Promise<void> {
  const way = chosen ?? (await ownWay());
  const isFolder = (await stat(path)).isDirectory();
  const [ownSid, before] = await Promise.all([way.findOwnSid(), readAccess(path, way)]);
  await way.close({ path, isFolder, ownSid, others: before.kind === "known" ? before.others : [] });
  const after = await readAccess(path, way);
  if (after.kind === "unknown") throw notClosed(path, `nobody can tell who may use it: ${after.why}`);
  if (after.others.length > 0) throw notClosed(path, `it is still open to ${namesOf(after.others)}`);
}

/** Names them for people. */
export function namesOf(trustees: readonly Trustee[]): string {
  return trustees.map(({ name }) => name).join(", ");
}

/** The line that a person types to do what {@link closeAccess} does. It is the same in cmd and PowerShell. */
export function closingCommand(path: string, isFolder: boolean, answer: AccessAnswer): string {
  const { ownSid, others } =
    answer.kind === "known" ? answer : { ownSid: "S-1-3-4", others: [] as readonly Trustee[] };
  const args = closingArguments({ path, isFolder, ownSid, others });
  return ["icacls", ...args.map((word) => (/^[\w:\\./-]+$/.test(word) ? word : `"${word}"`))].join(" ");
}

function notClosed(path: string, why: string): FairleadError {
  return new FairleadError(
    "unavailable",
    `${path} was closed to others, but ${why}. Choose a folder on another drive, or set its permissions by hand`,
    { reason: "access_denied", effect: "unknown", details: { path } },
  );
}
