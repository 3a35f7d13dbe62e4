import { access, constants, lstat, stat } from "node:fs/promises";
import { FairleadError } from "@fairlead/core";
import { toFilePath, toShownText } from "../environment/raw-text.js";
import { posixCandidates, windowsCandidates } from "./program-candidates.js";
import { programNotFound } from "./program-not-found.js";

/** Where a program is looked for. */
export interface ProgramLookup {
  /** The environment that the child will have: its PATH is searched, not ours. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The child's working directory, absolute: relative names and relative PATH entries start there. */
  readonly cwd: string;
  /** @default this machine's */
  readonly platform?: NodeJS.Platform;
}

/**
 * Finds the file that a program name means: searched on the child's PATH, or, if the name holds a separator, taken from
 * the child's working directory. Symbolic links are kept, because many programs look at the name they were called by.
 * @returns an absolute path
 * @throws FairleadError `not_found` with reason `program_not_found` or `program_not_executable`; `usage`, reason
 * `argument_invalid`, for a name that can be none
 */
export async function resolveProgram(name: string, lookup: ProgramLookup): Promise<string> {
  if (name === "" || name.includes("\0")) {
    throw new FairleadError(
      "usage",
      `The program name ${JSON.stringify(name)} is impossible. Name a program`,
      {
        reason: "argument_invalid",
        effect: "none",
      },
    );
  }
  const isWindows = (lookup.platform ?? process.platform) === "win32";
  // On a PATH it would name a file of any folder on that drive.
  if (isWindows && /^[A-Za-z]:(?![\\/])/.test(name)) throw driveRelative(name);
  const candidates = isWindows ? windowsCandidates(name, lookup) : posixCandidates(name, lookup);
  let blocked: string | undefined;
  for (const candidate of candidates) {
    const kind = await kindOf(candidate);
    if (kind === "executable") return candidate;
    if (kind === "blocked") blocked ??= candidate;
  }
  if (blocked !== undefined) throw notExecutable(blocked);
  throw await programNotFound({ ...lookup, name, isWindows });
}

async function kindOf(candidate: string): Promise<"executable" | "blocked" | "absent"> {
  const path = toFilePath(candidate);
  try {
    const found = await stat(path);
    if (!found.isFile()) return "absent";
  } catch {
    return (await isStoreAlias(candidate)) ? "executable" : "absent";
  }
  return access(path, constants.X_OK).then(
    () => "executable" as const,
    () => "blocked" as const,
  );
}

/** Programs from the Windows store are links that can be started and cannot be looked through. */
async function isStoreAlias(path: string): Promise<boolean> {
  if (process.platform !== "win32" || !/\\WindowsApps\\[^\\]+\.exe$/i.test(path)) return false;
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function notExecutable(candidate: string): FairleadError {
  const path = toShownText(candidate);
  return new FairleadError(
    "not_found",
    `The program ${path} exists but may not be executed by this user. Make it executable (chmod +x)`,
    { reason: "program_not_executable", effect: "none", details: { program: path } },
  );
}

function driveRelative(name: string): FairleadError {
  return new FairleadError(
    "usage",
    `The program ${name} counts from the current folder of a drive, which nobody knows. Give its full path`,
    { reason: "argument_invalid", effect: "none", details: { program: name } },
  );
}
