import { pathError } from "./path-error.js";

/** A path URI in its parts, each decoded once. */
export interface PathUriParts {
  /** The server of a Windows share; empty for everything else. */
  readonly authority: string;
  /** The names on the way, without `.`, `..` and empty ones; of a drive path the first is `C:`. */
  readonly segments: readonly string[];
  /** Whether a separator ends it. */
  readonly hasTrailingSeparator: boolean;
}

const driveSegment = /^[A-Za-z]:$/;

/** Whether a segment is a Windows drive. */
export function isDrive(segment: string | undefined): boolean {
  return segment !== undefined && driveSegment.test(segment);
}

/**
 * Takes a path URI apart. `..` never climbs above the top, the drive or the share.
 * @throws FairleadError `usage`, reason `path_invalid`: another scheme, credentials, a port, a query, a fragment, an encoded
 * `/` or NUL, or percent signs that encode nothing
 */
export function parsePathUri(uri: string): PathUriParts {
  const match = /^file:\/\/([^/?#]*)(\/[^?#]*)$/i.exec(uri);
  if (match === null) throw pathError(uri, "is not a file: URI with a path and nothing else");
  const [, rawAuthority = "", rawPath = ""] = match;
  if (/[@:]/.test(rawAuthority)) throw pathError(uri, "has credentials or a port, which a path cannot have");
  const authority = rawAuthority.toLowerCase() === "localhost" ? "" : decodeOnce(rawAuthority, uri);
  if (/[\0/\\?#@:]/.test(authority)) throw pathError(uri, "names no server that a share can be on");
  const decoded = rawPath.split("/").map((segment) => decodeSegment(segment, uri));
  const first = decoded.find((segment) => segment !== "" && segment !== ".");
  const segments = withoutDots(decoded, authority !== "" || isDrive(first) ? 1 : 0);
  return { authority, segments, hasTrailingSeparator: segments.length > 0 && rawPath.endsWith("/") };
}

/** Puts together what {@link parsePathUri} gives. @throws FairleadError `usage`, reason `path_invalid`, for unpaired surrogates */
export function formatPathUri({ authority, segments, hasTrailingSeparator }: PathUriParts): string {
  const end = hasTrailingSeparator && segments.length > 0 ? "/" : "";
  return `file://${encodeSegment(authority)}/${segments.map(encodeSegment).join("/")}${end}`;
}

/** Drops empty and `.` segments and resolves `..`, keeping the first `fixedCount` ones. */
export function withoutDots(segments: readonly string[], fixedCount: number): readonly string[] {
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") kept.push(segment);
    else if (kept.length > fixedCount) kept.pop();
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

function decodeSegment(segment: string, uri: string): string {
  const decoded = decodeOnce(segment, uri);
  if (/[\0/]/.test(decoded)) throw pathError(uri, "has an encoded separator or NUL inside a segment");
  return decoded;
}

function decodeOnce(text: string, uri: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw pathError(uri, "is not correctly percent-encoded", cause);
  }
}
