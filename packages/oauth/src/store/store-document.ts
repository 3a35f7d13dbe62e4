import { isJsonObject, type JsonObject, parseJsonObject } from "@fairlead/core";
import { entryProblem, oauthNamespace, type StoredEntry } from "./credential-entry.js";

/** Everything that a file store keeps. */
export interface StoreDocument {
  readonly entries: readonly StoredEntry[];
  /** Fields beside the entries that this version does not know; they are kept. */
  readonly others: JsonObject;
}

/** The version that this program writes, and the only one that it reads. */
const documentVersion = 1;

/** A store in which there is nothing yet. */
export const emptyDocument: StoreDocument = { entries: [], others: {} };

/** What parsing says. `reason` completes a sentence about the file, and holds nothing that is written there. */
export type ParsedDocument =
  | { readonly kind: "found"; readonly value: StoreDocument }
  | { readonly kind: "corrupt"; readonly reason: string };

/** Writes a document as text. */
export function formatDocument({ entries, others }: StoreDocument): string {
  return `${JSON.stringify({ ...others, version: documentVersion, entries }, null, 2)}\n`;
}

/** Reads what {@link formatDocument} wrote. Whatever looks wrong makes the whole of it corrupt, so that nothing is lost. */
export function parseDocument(text: string): ParsedDocument {
  const parsed = parseJsonObject(text);
  if (parsed === undefined) return corrupt("is not a JSON object");
  const { version, entries, ...others } = parsed;
  const problem = versionProblem(version, documentVersion);
  if (problem !== undefined) return corrupt(problem);
  if (!Array.isArray(entries)) return corrupt("has no list of entries");
  const read: StoredEntry[] = [];
  for (const [index, entry] of entries.entries()) {
    if (!isJsonObject(entry) || !hasNamespace(entry)) return corrupt(`has an entry ${index} of no namespace`);
    const field = entry.namespace === oauthNamespace ? entryProblem(entry) : undefined;
    if (field !== undefined) return corrupt(`has an entry ${index} whose ${field} is missing or wrong`);
    read.push(entry);
  }
  return { kind: "found", value: { entries: read, others } };
}

/** Tells what is wrong with the version of a file, in words that complete a sentence about it; undefined if nothing is. */
export function versionProblem(version: unknown, known: number): string | undefined {
  if (version === known) return undefined;
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < known) {
    return "has no version that ever was";
  }
  return `is of version ${version}, and this program knows version ${known}: a newer Fairlead wrote it`;
}

function hasNamespace(entry: JsonObject): entry is StoredEntry {
  return typeof entry["namespace"] === "string";
}

function corrupt(reason: string): ParsedDocument {
  return { kind: "corrupt", reason };
}
