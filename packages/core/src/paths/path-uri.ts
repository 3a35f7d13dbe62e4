import { isAbsolutePath, isDriveRelative, notAbsolute } from "./absolute-path.js";
import { isOpaqueUri, readOpaqueUri, toOpaqueUri } from "./opaque-path.js";
import { conventionOfSpelling, type PathConvention, separatorOf } from "./path-convention.js";
import { pathError } from "./path-error.js";
import { formatPathUri, isDrive, type PathUriParts, parsePathUri, withoutDots } from "./uri-segments.js";

/**
 * Converts an absolute path as its machine spells it to a path URI, the only form in which paths travel.
 * `.` and empty segments are dropped; `..` never climbs above `/`, the drive or the share; one separator at the end is kept.
 *
 * What cannot be divided into names safely travels in an opaque form that only its machine reads: `\\?\` and `\\.\` of Windows,
 * a NUL, unpaired surrogates, and a POSIX path below a folder that is named like a drive.
 * @throws FairleadError `usage`, reason `path_invalid`, for a path that is not absolute, or not of this convention
 */
export function toPathUri(nativePath: string, convention: PathConvention): string {
  return convention === "windows" ? windowsToUri(nativePath) : posixToUri(nativePath);
}

/**
 * Converts a path as a person writes it who is in a folder: an absolute one as {@link toPathUri} does, another from there.
 * @param folder a path URI of the same machine
 * @throws FairleadError `usage`, reason `path_invalid`: also for `C:foo` and `\foo` of Windows, which only a program can read,
 * and for a relative path where the folder is of the opaque form, which nothing can be added to
 */
export function resolvePathUri(spelled: string, folder: string, convention: PathConvention): string {
  if (conventionOfSpelling(spelled) !== undefined) return toPathUri(spelled, convention);
  if (isDriveRelative(spelled, convention)) throw notAbsolute(spelled, convention);
  if (isOpaqueUri(folder)) {
    throw pathError(
      fromPathUri(folder, convention),
      "is special, and nothing can be added to it; give a full path",
    );
  }
  return toPathUri(`${fromPathUri(folder, convention)}${separatorOf(convention)}${spelled}`, convention);
}

/**
 * Converts a path URI to the spelling of a machine. Each segment is decoded exactly once.
 * @throws FairleadError `usage`, reason `path_invalid`, also for a path of the other convention
 */
export function fromPathUri(uri: string, convention: PathConvention): string {
  if (isOpaqueUri(uri)) {
    const opaque = readOpaqueUri(uri);
    if (opaque.convention !== convention) throw foreignPath(uri, opaque.convention);
    return opaque.nativePath;
  }
  const parts = parsePathUri(uri);
  return convention === "windows" ? partsToWindows(parts, uri) : partsToPosix(parts, uri);
}

function posixToUri(path: string): string {
  if (conventionOfSpelling(path) === "windows") throw foreignPath(path, "windows");
  if (!isAbsolutePath(path, "posix")) throw notAbsolute(path, "posix");
  const segments = withoutDots(path.split("/"), 0);
  if (isDrive(segments[0]) || hasNoNames(path)) return toOpaqueUri(path, "posix");
  return formatPathUri({ authority: "", segments, hasTrailingSeparator: path.endsWith("/") });
}

function windowsToUri(path: string): string {
  if (/^[\\/]{2}[.?][\\/]/.test(path)) return toOpaqueUri(path, "windows");
  const isShare = /^[\\/]{2}/.test(path);
  if (!isShare && path.startsWith("/")) throw foreignPath(path, "posix");
  if (!isAbsolutePath(path, "windows")) throw notAbsolute(path, "windows");
  const hasTrailingSeparator = /[\\/]$/.test(path);
  const names = path.split(/[\\/]/);
  if (!isShare) {
    if (hasNoNames(path)) return toOpaqueUri(path, "windows");
    const segments = withoutDots([path.slice(0, 2).toUpperCase(), ...names.slice(1)], 1);
    return formatPathUri({
      authority: "",
      segments,
      hasTrailingSeparator: hasTrailingSeparator || segments.length === 1,
    });
  }
  const [, , server = "", ...rest] = names;
  const segments = withoutDots(rest, 1);
  if (server === "" || server === "." || server === ".." || segments.length === 0) {
    throw pathError(path, "is not a complete share; write \\\\server\\share");
  }
  // What a URI cannot say of a server it could be made to say of somebody else.
  if (hasNoNames(path) || /[?#@:]/.test(server) || server.toLowerCase() === "localhost") {
    return toOpaqueUri(path, "windows");
  }
  return formatPathUri({ authority: server, segments, hasTrailingSeparator });
}

function partsToPosix({ authority, segments, hasTrailingSeparator }: PathUriParts, uri: string): string {
  if (authority !== "") throw pathError(uri, "names a Windows share, which a POSIX machine does not have");
  if (isDrive(segments[0]))
    throw pathError(uri, "names a Windows drive, which a POSIX machine does not have");
  return `/${segments.join("/")}${hasTrailingSeparator ? "/" : ""}`;
}

function partsToWindows({ authority, segments, hasTrailingSeparator }: PathUriParts, uri: string): string {
  if (segments.some((segment) => segment.includes("\\"))) {
    throw pathError(uri, "has an encoded separator inside a segment");
  }
  const separator = separatorOf("windows");
  const end = hasTrailingSeparator ? separator : "";
  if (authority !== "") {
    if (segments.length === 0) throw pathError(uri, "names a server without a share");
    return `\\\\${[authority, ...segments].join(separator)}${end}`;
  }
  const [drive, ...names] = segments;
  if (drive === undefined || !isDrive(drive)) {
    throw pathError(uri, "is a POSIX path, which a Windows machine does not have");
  }
  const top = drive.toUpperCase();
  return names.length === 0 ? `${top}\\` : `${[top, ...names].join(separator)}${end}`;
}

/** Whether the names of a path could not be told apart, or not be told at all. */
function hasNoNames(path: string): boolean {
  return /[\0\p{Surrogate}]/u.test(path);
}

function foreignPath(path: string, convention: PathConvention): Error {
  const [is, other] = convention === "windows" ? ["Windows", "POSIX"] : ["POSIX", "Windows"];
  return pathError(path, `is a ${is} path, which a ${other} machine does not have`);
}
