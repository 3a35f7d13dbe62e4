import { FairleadError } from "@fairlead/core";
import { deleteEntry, setEntry } from "../edit/edit-entry.js";
import { removeJsoncMember, setJsoncMember } from "../jsonc/edit-jsonc.js";
import { parseJsonc } from "../jsonc/parse-jsonc.js";
import { parseToml } from "../toml/parse-toml.js";
import type { ClientEntry } from "./client-entry.js";
import type { ClientFile } from "./client-files.js";
import { isFairleadEntry } from "./fairlead-entry.js";

/** Which entry of a client's file is meant. */
export interface ClientPlace {
  readonly file: ClientFile;
  readonly name: string;
  /** Whether an entry that is somebody else's may be replaced or removed. @default false */
  readonly force?: boolean | undefined;
}

/**
 * Writes an entry into the text of a client's configuration; comments, order and everything else stay.
 * @throws FairleadError `already_exists`, reason `name_taken`, if there is an entry of the name that is not Fairlead;
 * `usage`, reason `config_invalid`, if the text cannot be read or edited safely
 */
export function installInText(text: string, place: ClientPlace, entry: ClientEntry): string {
  const { file, name, force } = place;
  const known = entryIn(text, file, name);
  if (known !== undefined && force !== true && !isFairleadEntry(known)) {
    throw taken(place, "is something else. Choose another name with --name, or replace it with --force.");
  }
  if (JSON.stringify(known) === JSON.stringify(entry)) return text;
  if (file.container === "mcp_servers") return setEntry(text, { group: file.container, name }, entry);
  return setJsoncMember(text, [file.container, name], entry, file.path);
}

/**
 * Takes an entry out of the text of a client's configuration; a text without it comes back as it was.
 * @throws FairleadError `already_exists`, reason `name_taken`, if the entry of the name is not Fairlead; `usage`, reason
 * `config_invalid`, if the text cannot be read or edited safely
 */
export function uninstallFromText(text: string, place: ClientPlace): string {
  const { file, name, force } = place;
  const known = entryIn(text, file, name);
  if (known === undefined) return text;
  if (force !== true && !isFairleadEntry(known)) {
    throw taken(place, "is something else. Say which one it is with --name, or remove it with --force.");
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

function taken({ file, name }: ClientPlace, what: string): FairleadError {
  return new FairleadError("already_exists", `The entry ${JSON.stringify(name)} in ${file.path} ${what}`, {
    reason: "name_taken",
    effect: "none",
    details: { file: file.path, name },
  });
}
