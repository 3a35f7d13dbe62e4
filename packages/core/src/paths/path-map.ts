import { conventionOfSpelling, type PathConvention } from "./path-convention.js";
import { pathError } from "./path-error.js";
import { isInsidePathUri, joinPathUri } from "./path-relations.js";
import { toPathUri } from "./path-uri.js";
import { isDrive, parsePathUri } from "./uri-segments.js";

/** Two spellings of one folder: as this machine sees it, and as the executor's does. */
export interface PathPair {
  /** Absolute, in this machine's convention. */
  readonly host: string;
  /** Absolute, in the executor's convention. */
  readonly executor: string;
}

/** Translates path URIs between two machines that share folders. */
export interface PathMap {
  /** Undefined: the path lies in none of the shared folders. */
  toExecutor(uri: string): string | undefined;
  /** Undefined: the path lies in none of the shared folders. */
  toHost(uri: string): string | undefined;
}

interface Side {
  readonly folder: string;
  readonly convention: PathConvention;
}

/**
 * Makes a translation from pairs of folders. Of several that a path lies in, the deepest counts; of equal ones the first.
 * The spelling of a folder tells its convention.
 * @throws FairleadError `usage`, reason `path_invalid`, for a folder that is not absolute
 */
export function createPathMap(pairs: readonly PathPair[]): PathMap {
  const sides = pairs.map(({ host, executor }) => ({ host: sideOf(host), executor: sideOf(executor) }));
  const toExecutor = sides.map(({ host, executor }) => [host, executor] as const);
  const toHost = sides.map(({ host, executor }) => [executor, host] as const);
  return {
    toExecutor: (uri) => translate(uri, toExecutor),
    toHost: (uri) => translate(uri, toHost),
  };
}

function sideOf(folder: string): Side {
  const convention = conventionOfSpelling(folder);
  if (convention === undefined) throw pathError(folder, "is not absolute, and paths cannot be mapped to it");
  const uri = toPathUri(folder, convention);
  // It must have names, or nothing could be said to lie below it.
  joinPathUri(uri, "any");
  return { folder: uri, convention };
}

function translate(uri: string, pairs: readonly (readonly [Side, Side])[]): string | undefined {
  let best: { readonly depth: number; readonly translated: string } | undefined;
  for (const [from, to] of pairs) {
    if (!isInsidePathUri(from.folder, uri, from.convention)) continue;
    const depth = parsePathUri(from.folder).segments.length;
    if (best !== undefined && best.depth >= depth) continue;
    const { segments, hasTrailingSeparator } = parsePathUri(uri);
    const below = segments.slice(depth);
    // Such a name at the top of the other machine is a drive, or has no path URI.
    if (isDrive(below[0]) && to.folder === "file:///") continue;
    const translated = joinPathUri(to.folder, ...below);
    // A drive always ends with one, which says nothing.
    const isFolder = hasTrailingSeparator && !(segments.length === 1 && isDrive(segments[0]));
    const end = isFolder && !translated.endsWith("/") ? "/" : "";
    best = { depth, translated: `${translated}${end}` };
  }
  return best?.translated;
}
