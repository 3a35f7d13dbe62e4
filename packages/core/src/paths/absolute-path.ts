import type { FairleadError } from "../errors/fairlead-error.js";
import type { PathConvention } from "./path-convention.js";
import { pathError } from "./path-error.js";

/** Whether a path begins at a place of its own: a POSIX root, a drive, a share, a device. */
export function isAbsolutePath(path: string, convention: PathConvention): boolean {
  return convention === "windows" ? /^(?:[A-Za-z]:[\\/]|[\\/]{2})/.test(path) : path.startsWith("/");
}

/**
 * Whether a Windows path begins in a folder that only a program knows: the current one of a drive (`C:foo`), or the top of the
 * current drive (`\foo`). Nobody can tell where that is on another machine.
 */
export function isDriveRelative(path: string, convention: PathConvention): boolean {
  return convention === "windows" && /^(?:[A-Za-z]:(?![\\/])|[\\/](?![\\/]))/.test(path);
}

const examples = { posix: "/srv/src", windows: "C:\\src" } as const satisfies Record<PathConvention, string>;

/**
 * What is wrong with a path that is not absolute, and what to write instead.
 * @param convention undefined: its machine is not known yet
 */
export function notAbsolute(path: string, convention: PathConvention | undefined): FairleadError {
  return pathError(path, `is not absolute${whyNot(path, convention)}`);
}

function whyNot(path: string, convention: PathConvention | undefined): string {
  const example =
    convention === undefined ? `${examples.posix} or ${examples.windows}` : examples[convention];
  const full = `give the full path on that machine, as in ${example}`;
  if (path.startsWith("~")) return `: only a shell knows what ~ is; ${full}`;
  if (/^(?:%[^%]+%|\$\{?\w+|\$env:)/i.test(path)) return `: variables are not filled in; ${full}`;
  if (!isDriveRelative(path, convention ?? "windows")) return `; ${full}`;
  const of = /^[A-Za-z]:/.test(path) ? `the current folder of ${path.slice(0, 2)}` : "the current drive";
  return `: it counts from ${of}; ${full}`;
}
