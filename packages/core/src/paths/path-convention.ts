/** How a machine spells its paths. Told by the executor, never guessed from the host. */
export type PathConvention = "posix" | "windows";

/**
 * Which convention the spelling of an absolute path shows, for as long as no machine has told; undefined for a relative one,
 * and for `C:foo`, which means a place below whatever folder that drive is at.
 */
export function conventionOfSpelling(nativePath: string): PathConvention | undefined {
  if (/^[A-Za-z]:[\\/]/.test(nativePath) || /^\\[\\/]/.test(nativePath)) return "windows";
  return nativePath.startsWith("/") ? "posix" : undefined;
}

/** What a convention writes between the names of a path. */
export function separatorOf(convention: PathConvention): "/" | "\\" {
  return convention === "windows" ? "\\" : "/";
}
