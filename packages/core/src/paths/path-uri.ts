import { FairleadError } from "../errors/fairlead-error.js";

/** How a machine spells its paths. Told by the executor, never guessed from the host. */
export type PathConvention = "posix" | "windows";

const drivePath = /^[A-Za-z]:[\\/]/;
const driveSegment = /^[A-Za-z]:$/;

/** Which convention the spelling of an absolute path shows; undefined for a relative one. */
export function conventionOfSpelling(nativePath: string): PathConvention | undefined {
  if (drivePath.test(nativePath) || nativePath.startsWith("\\\\")) return "windows";
  return nativePath.startsWith("/") ? "posix" : undefined;
}

/**
 * Converts an absolute path as its machine spells it to a path URI, the only form in which paths travel.
 * `.` and empty segments are dropped; `..` never climbs above `/`, the drive or the share.
 * @throws FairleadError `usage`, reason `path_invalid`
 */
export function toPathUri(nativePath: string, convention: PathConvention): string {
  if (nativePath.includes("\0")) throw pathError(nativePath, "contains a NUL character");
  return convention === "windows" ? windowsToUri(nativePath) : posixToUri(nativePath);
}

/**
 * Converts a path URI to the spelling of a machine. Each segment is decoded exactly once.
 * @throws FairleadError `usage`, reason `path_invalid`, also for a path of the other convention
 */
export function fromPathUri(uri: string, convention: PathConvention): string {
  const { authority, segments, trailing } = parsePathUri(uri);
  const last = trailing ? separatorOf(convention) : "";
  if (convention === "posix") {
    if (authority !== "") throw pathError(uri, "names a Windows share, which a POSIX machine does not have");
    if (segments[0] !== undefined && driveSegment.test(segments[0])) {
      throw pathError(uri, "names a Windows drive, which a POSIX machine does not have");
    }
    return segments.length === 0 ? "/" : `/${segments.join("/")}${last}`;
  }
  if (authority !== "") {
    if (segments.length === 0) throw pathError(uri, "names a server without a share");
    return `\\\\${authority}\\${segments.join("\\")}${last}`;
  }
  const drive = segments[0];
  if (drive === undefined || !driveSegment.test(drive)) {
    throw pathError(uri, "is a POSIX path, which a Windows machine does not have");
  }
  return segments.length === 1 ? `${drive}\\` : `${segments.join("\\")}${last}`;
}

function separatorOf(convention: PathConvention): string {
  return convention === "windows" ? "\\" : "/";
}

function posixToUri(path: string): string {
  if (!path.startsWith("/")) throw pathError(path, "is not absolute; give the full path on that machine");
  const segments = normalize(path.split("/"), 0);
  const trailing = segments.length > 0 && path.endsWith("/") ? "/" : "";
  return `file:///${segments.map(encodeSegment).join("/")}${trailing}`;
}

function windowsToUri(path: string): string {
  if (/^[\\/]{2}[.?][\\/]/.test(path)) throw pathError(path, "is a device path, which cannot be converted");
  const trailing = /[\\/]$/.test(path) ? "/" : "";
  if (/^[\\/]{2}/.test(path)) {
    const [server, ...rest] = path.slice(2).split(/[\\/]/);
    const segments = normalize(rest, 1);
    if (server === undefined || server === "" || segments.length === 0) {
      throw pathError(path, "is not a complete share; write \\\\server\\share");
    }
    return `file://${encodeSegment(server)}/${segments.map(encodeSegment).join("/")}${trailing}`;
  }
  if (!drivePath.test(path)) {
    throw pathError(path, "is not absolute; give the full path on that machine, as in C:\\src");
  }
  const segments = normalize(path.slice(3).split(/[\\/]/), 0);
  const drive = path.slice(0, 2).toUpperCase();
  if (segments.length === 0) return `file:///${drive}/`;
  return `file:///${drive}/${segments.map(encodeSegment).join("/")}${trailing}`;
}

/** Drops empty and `.` segments and resolves `..`, keeping the first `fixed` ones. */
function normalize(segments: readonly string[], fixed: number): string[] {
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") {
      if (kept.length > fixed) kept.pop();
    } else kept.push(segment);
  }
  return kept;
}

function encodeSegment(segment: string): string {
  try {
    return encodeURIComponent(segment).replace(/%(3A|40|24|26|2B|2C|3B|3D)/g, (escaped) =>
      decodeURIComponent(escaped),
    );
  } catch (cause) {
    throw pathError(segment, "is not valid Unicode", cause);
  }
}

function parsePathUri(uri: string): { authority: string; segments: string[]; trailing: boolean } {
  const match = /^file:\/\/([^/?#]*)(\/[^?#]*)$/i.exec(uri);
  if (match === null) throw pathError(uri, "is not a file: URI with a path and nothing else");
  const [, rawAuthority = "", rawPath = ""] = match;
  if (/[@:]/.test(rawAuthority)) throw pathError(uri, "has credentials or a port, which a path cannot have");
  const authority = rawAuthority.toLowerCase() === "localhost" ? "" : decodeOnce(rawAuthority, uri);
  const segments = normalize(
    rawPath.split("/").map((segment) => decodeSegment(segment, uri)),
    authority === "" ? 0 : 1,
  );
  return { authority, segments, trailing: segments.length > 0 && rawPath.endsWith("/") };
}

function decodeSegment(segment: string, uri: string): string {
  const decoded = decodeOnce(segment, uri);
  if (/[\0/\\]/.test(decoded)) throw pathError(uri, "has an encoded separator or NUL inside a segment");
  return decoded;
}

function decodeOnce(text: string, uri: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw pathError(uri, "is not correctly percent-encoded", cause);
  }
}

function pathError(path: string, what: string, cause?: unknown): FairleadError {
  return new FairleadError("usage", `The path ${JSON.stringify(path)} ${what}`, {
    cause,
    reason: "path_invalid",
    effect: "none",
    details: { path },
  });
}
