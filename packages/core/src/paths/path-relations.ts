import { isOpaqueUri } from "./opaque-path.js";
import type { PathConvention } from "./path-convention.js";
import { pathError } from "./path-error.js";
import { formatPathUri, isDrive, type PathUriParts, parsePathUri } from "./uri-segments.js";
import { foldWindowsCase } from "./windows-case.js";

/** The last name of a path; undefined for the top, a drive, a share, and for opaque paths. */
export function basenameOfPathUri(uri: string): string | undefined {
  if (isOpaqueUri(uri)) return undefined;
  const parts = parsePathUri(uri);
  return parts.segments.length > fixedCount(parts) ? parts.segments.at(-1) : undefined;
}

/** The folder that a path lies in; undefined for the top, a drive, a share, and for opaque paths. */
export function parentOfPathUri(uri: string): string | undefined {
  if (isOpaqueUri(uri)) return undefined;
  const parts = parsePathUri(uri);
  if (parts.segments.length <= fixedCount(parts)) return undefined;
  const segments = parts.segments.slice(0, -1);
  return formatPathUri({ ...parts, segments, hasTrailingSeparator: isOnlyDrive(segments) });
}

/**
 * Adds names to a folder.
 * @param names one name each: `..`, `.`, separators and empty ones are refused, so that nothing leaves the folder; so is one
 * that is called like a drive at the top of a POSIX machine
 * @throws FairleadError `usage`, reason `path_invalid`
 */
export function joinPathUri(folder: string, ...names: readonly string[]): string {
  if (isOpaqueUri(folder)) throw pathError(folder, "is a special path that nothing can be added to");
  const parts = parsePathUri(folder);
  for (const name of names) {
    if (name === "" || name === "." || name === ".." || /[\0/\\]/.test(name)) {
      throw pathError(name, "is not the name of one thing in a folder");
    }
  }
  const segments = [...parts.segments, ...names];
  const joined = { ...parts, segments, hasTrailingSeparator: isOnlyDrive(segments) };
  // At the top of a POSIX machine a name such as `C:` would make a Windows drive of it.
  if (fixedCount(joined) !== fixedCount(parts))
    throw pathError(names.join("/"), "is not the name of one thing at the top");
  return formatPathUri(joined);
}

/**
 * Whether a path is a folder or lies below it, told by its names alone: links are not looked at. Case does not count on
 * Windows. Whatever cannot be judged is not inside: opaque paths, broken URIs, and names with a separator in them.
 */
export function isInsidePathUri(folder: string, uri: string, convention: PathConvention): boolean {
  const [outer, inner] = [namesOf(folder, convention), namesOf(uri, convention)];
  if (outer === undefined || inner === undefined) return false;
  return outer.every((name, index) => name === inner[index]);
}

/** Share and names in one row, spelled so that equal ones are the same; undefined where that cannot be said. */
function namesOf(uri: string, convention: PathConvention): readonly string[] | undefined {
  let parts: PathUriParts;
  try {
    if (isOpaqueUri(uri)) return undefined;
    parts = parsePathUri(uri);
  } catch {
    return undefined;
  }
  if (parts.segments.some((segment) => segment.includes("\\"))) return undefined;
  if (convention === "posix" && (parts.authority !== "" || isDrive(parts.segments[0]))) return undefined;
  const names = [parts.authority, ...parts.segments];
  return convention === "windows" ? names.map(foldWindowsCase) : names;
}

function fixedCount({ authority, segments }: PathUriParts): number {
  return authority !== "" || isDrive(segments[0]) ? 1 : 0;
}

function isOnlyDrive(segments: readonly string[]): boolean {
  return segments.length === 1 && isDrive(segments[0]);
}
