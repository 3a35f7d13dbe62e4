import { isDeepStrictEqual } from "node:util";
import { FairleadError } from "@fairlead/core";
import { deleteEntry, setEntry, setEntryKey } from "../edit/edit-entry.js";
import { type MemberPath, removeJsoncMember, setJsoncMember } from "../jsonc/edit-jsonc.js";
import { parseJsonc } from "../jsonc/parse-jsonc.js";
import { parseToml } from "../toml/parse-toml.js";
import type { ClientEntry } from "./client-entry.js";
import type { ClientFile } from "./client-files.js";
import { isFairleadEntry, isInstalledEntry } from "./fairlead-entry.js";
import { type KnownEntry, mergeEntry } from "./merge-entry.js";

/** Which entry of a client's file is meant. */
export interface ClientPlace {
  readonly file: ClientFile;
  readonly name: string;
  /** Whether an entry that is somebody else's may be replaced or removed. @default false */
  readonly force?: boolean | undefined;
}

/**
 * Writes an entry into the text of a client's configuration; comments, order and everything else stay, and of an entry that is
 * Fairlead already what its owner has added.
 * @throws FairleadError `already_exists`, reason `name_taken`, if there is an entry of the name that is not as Fairlead writes
 * it; `usage`, reason `config_invalid`, if the text cannot be read or edited safely
 */
export function installInText(text: string, place: ClientPlace, entry: ClientEntry): string {
  const { file, name, force } = place;
  const known = entryIn(text, file, name);
  if (known !== undefined && force !== true && !isInstalledEntry(known)) {
    throw taken(place, known, "Choose another name with --name, or replace it with --force.");
  }
  const isOurs = isTable(known) && isFairleadEntry(known);
  const wanted = isOurs ? mergeEntry(known, entry) : entry;
  if (isDeepStrictEqual(plain(known), plain(wanted))) return text;
  if (file.container === "mcp_servers")
    return setTable(text, place, { known: isOurs ? known : undefined, wanted });
  const path = [file.container, name] as const;
  return isOurs
    ? setMembers(text, [path, file.path], [known, wanted])
    : setJsoncMember(text, path, wanted, file.path);
}

/** Sets what differs, key by key, so that the comments in an entry stay. */
function setMembers(
  text: string,
  [path, file]: readonly [path: MemberPath, file: string],
  [known, wanted]: readonly [known: KnownEntry, wanted: KnownEntry],
): string {
  let result = text;
  for (const key of Object.keys(known)) {
    if (!Object.hasOwn(wanted, key)) result = removeJsoncMember(result, [...path, key], file);
  }
  for (const [key, value] of Object.entries(wanted)) {
    const before = Object.hasOwn(known, key) ? known[key] : undefined;
    if (isDeepStrictEqual(before, value)) continue;
    result =
      isTable(before) && isTable(value)
        ? setMembers(result, [[...path, key], file], [before, value])
        : setJsoncMember(result, [...path, key], value, file);
  }
  return result;
}

/** Changes a table of Codex key by key; where that is not possible, for one is gone or has a table of its own, all of it. */
function setTable(
  text: string,
  { name }: ClientPlace,
  { known, wanted }: { readonly known: KnownEntry | undefined; readonly wanted: ClientEntry },
): string {
  const key = { group: "mcp_servers", name } as const;
  const changed = Object.entries(wanted).filter(
    ([member, value]) => !isDeepStrictEqual(plain(known?.[member]), plain(value)),
  );
  const isByKey =
    known !== undefined &&
    Object.keys(known).every((member) => Object.hasOwn(wanted, member)) &&
    !changed.some(([member]) => isTable(known[member]));
  if (!isByKey) return setEntry(text, key, wanted);
  return changed.reduce((result, [member, value]) => setEntryKey(result, key, { name: member, value }), text);
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/**
 * Takes an entry out of the text of a client's configuration; a text without it comes back as it was.
 * @throws FairleadError `already_exists`, reason `name_taken`, if the entry of the name is not as Fairlead writes it; `usage`, reason
 * `config_invalid`, if the text cannot be read or edited safely
 */
export function uninstallFromText(text: string, place: ClientPlace): string {
  const { file, name, force } = place;
  const known = entryIn(text, file, name);
  if (known === undefined) return text;
  if (force !== true && !isInstalledEntry(known)) {
    throw taken(place, known, "Say which one it is with --name, or remove it with --force.");
  }
  if (file.container === "mcp_servers") {
    return deleteEntry(text, { group: file.container, name }, { keepsCommentsBelow: true });
  }
  return removeJsoncMember(text, [file.container, name], file.path);
}

/** The names under which a client's configuration has Fairlead. @throws FairleadError `usage`, if it cannot be read */
export function namesInText(text: string, file: ClientFile): readonly string[] {
  return Object.entries(entriesIn(text, file)).flatMap(([name, entry]) =>
    isFairleadEntry(entry) ? [name] : [],
  );
}

function entryIn(text: string, file: ClientFile, name: string): unknown {
  const entries = entriesIn(text, file);
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

function entriesIn(text: string, { path, container }: ClientFile): Readonly<Record<string, unknown>> {
  const content: unknown = container === "mcp_servers" ? parseToml(text, path) : parseJsonc(text, path);
  const entries = isTable(content) && Object.hasOwn(content, container) ? content[container] : undefined;
  return isTable(entries) ? entries : {};
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function taken({ file, name }: ClientPlace, known: unknown, advice: string): FairleadError {
  const what = isFairleadEntry(known) ? "starts Fairlead in a way of its own" : "is something else";
  const message = `The entry ${JSON.stringify(name)} in ${file.path} ${what}. ${advice}`;
  return new FairleadError("already_exists", message, {
    reason: "name_taken",
    effect: "none",
    details: { file: file.path, name },
  });
}
