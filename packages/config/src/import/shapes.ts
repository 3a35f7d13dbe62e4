import { isJsonObject } from "@fairlead/core";
import type { LedgerWriter } from "./ledger.js";

/** A text; of anything else the problem is told, by its type alone. */
export function asText(value: unknown, key: string, ledger: LedgerWriter): string | undefined {
  if (typeof value === "string") return value;
  ledger.refuse(key, "expected a string");
  return undefined;
}

/** A number above 0. @see asText */
export function asNumber(value: unknown, key: string, ledger: LedgerWriter): number | undefined {
  if (typeof value === "number" && value > 0) return value;
  ledger.refuse(key, "expected a number above 0");
  return undefined;
}

/** True or false. @see asText */
export function asBoolean(value: unknown, key: string, ledger: LedgerWriter): boolean | undefined {
  if (typeof value === "boolean") return value;
  ledger.refuse(key, "expected true or false");
  return undefined;
}

/** An array of texts. @see asText */
export function asTexts(value: unknown, key: string, ledger: LedgerWriter): readonly string[] | undefined {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  ledger.refuse(key, "expected an array of strings");
  return undefined;
}

/** An object. @see asText */
export function asRecord(
  value: unknown,
  key: string,
  ledger: LedgerWriter,
): Readonly<Record<string, unknown>> | undefined {
  if (isJsonObject(value)) return value;
  ledger.refuse(key, "expected an object");
  return undefined;
}

/** The value that a table has for a key that somebody else chose. */
export function ownMember<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
