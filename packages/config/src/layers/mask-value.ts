import { maskHelper } from "../mask-server.js";
import { keyAt } from "../schema/key-table.js";
import { mask, maskUrl } from "../secrets/mask-url.js";
import { maskArguments } from "../secrets/secret-arguments.js";
import { isTable } from "./config-layer.js";

/** Tables whose values may each be a secret, whatever their names are. */
const secretTables: ReadonlySet<string> = new Set(["env", "http_headers"]);

/**
 * A value that may be shown: texts in a server's environment and headers are `***`, and so are those of keys that no version
 * knows, which may hold anything. Addresses lose what looks like a secret.
 * @param place where the value stands in the file
 */
export function maskValueAt(place: readonly PropertyKey[], value: unknown): unknown {
  const key = place.at(-1);
  if ((key === "args" || key === "headers_helper") && isTexts(value)) return maskArguments(value);
  if (Array.isArray(value)) return value.map((item: unknown, index) => maskValueAt([...place, index], item));
  if (isTable(value)) {
    const members = Object.entries(value).map(([key, inner]) => [key, maskValueAt([...place, key], inner)]);
    return Object.fromEntries(members) as unknown;
  }
  if (typeof value !== "string") return value;
  return isSecretPlace(place) ? mask : shownText(value, key);
}

function shownText(text: string, key: PropertyKey | undefined): unknown {
  return key === "headers_helper" ? maskHelper(text) : maskUrl(text);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isSecretPlace(place: readonly PropertyKey[]): boolean {
  const own = place[0] === "profiles" ? place.slice(2) : place;
  const isOfServer = own[0] === "mcp_servers" || own[0] === "connectors";
  if (isOfServer && secretTables.has(String(own[2]))) return true;
  if (keyAt(own) !== undefined) return false;
  // Items of an array, and names that are chosen freely, have no key of their own; what they are in has.
  const around = own.length < 2 ? undefined : keyAt(own.slice(0, -1));
  return around === undefined || !/(?:array|table) of (?!table)/.test(around.type);
}
