import type { PathConvention } from "./path-convention.js";
import { pathError } from "./path-error.js";

/**
 * Begins the path URI of a path that has no names to speak of. No other path URI has an encoded NUL, so none can be mistaken
 * for one, and a program that does not know the form finds no file by it.
 */
const opaquePrefix = "file:///%00/";
const letters = { posix: "p", windows: "w" } as const satisfies Record<PathConvention, string>;

/** A path that travels as it is written. */
export interface OpaquePath {
  readonly convention: PathConvention;
  readonly nativePath: string;
}

/**
 * Wraps a path that cannot be divided into names, as its machine spells it: four hex digits for each UTF-16 unit, so that
 * unpaired surrogates, which Windows allows, come back too.
 */
export function toOpaqueUri(nativePath: string, convention: PathConvention): string {
  let units = "";
  for (let at = 0; at < nativePath.length; at += 1) {
    units += nativePath.charCodeAt(at).toString(16).padStart(4, "0");
  }
  return `${opaquePrefix}${letters[convention]}/${units}`;
}

/** Whether a path URI is of the opaque form: it has no parent, no names, and nothing can be joined to it. */
export function isOpaqueUri(uri: string): boolean {
  return uri.startsWith(opaquePrefix);
}

/**
 * Reads what {@link toOpaqueUri} wrote.
 * @throws FairleadError `usage`, reason `path_invalid`, for anything that it would not have written
 */
export function readOpaqueUri(uri: string): OpaquePath {
  const match = /^([pw])\/((?:[0-9a-f]{4})+)$/.exec(uri.slice(opaquePrefix.length));
  if (match === null) throw pathError(uri, "is not a path that we have wrapped");
  const [, letter, units = ""] = match;
  const codes = units.match(/.{4}/g) ?? [];
  const nativePath = codes.map((code) => String.fromCharCode(Number.parseInt(code, 16))).join("");
  return { convention: letter === "w" ? "windows" : "posix", nativePath };
}
