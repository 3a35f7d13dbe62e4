import { lstat, readlink, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FairleadError } from "@fairlead/core";
import { readText, systemCode } from "../load/read-text.js";
import { withEditLock } from "./edit-lock.js";
import { isOpenToOthers, replaceFile } from "./replace-file.js";

/** What an edit of a file came to. */
export interface EditedFile {
  /** False if the edit left the text as it was; then nothing was written. */
  readonly changed: boolean;
  /** Where the text from before the first edit is kept; undefined where nobody asked for that, or there was none. */
  readonly backup?: string;
  /** True where others had access to the file, and now its owner alone has. */
  readonly madePrivate?: true;
}

/** How a file is edited. */
export interface EditFileOptions {
  /** Added to the name of the file, for a copy of it from before its first edit, which stays. Undefined: none is made. */
  readonly backupSuffix?: string;
  /** Whether the new text is for the owner alone, because it has secrets; without it the mode stays. @default false */
  readonly isPrivate?: boolean | undefined;
}

/** Changes by programs that do not know our lock, after which an edit is made again before giving up. */
const maxAttempts = 5;

/**
 * Edits a text file: all of the new text is written, or nothing, and edits of several processes come one after the other.
 * A missing file counts as an empty one and is made readable by its owner alone; a link stays a link, and the mode stays.
 * Where somebody else changes the file meanwhile, the edit is made again on the new text.
 * @param edit makes the new text of the old one; it may be called several times
 * @throws FairleadError `usage`, reason `config_invalid`, if the file cannot be read or written; `unavailable` if others
 * keep it busy; and whatever `edit` throws
 */
export async function editFile(
  file: string,
  edit: (text: string) => string,
  options: EditFileOptions = {},
): Promise<EditedFile> {
  const target = await followLinks(file);
  try {
    return await withEditLock(target, () => editLocked({ file, target, edit, ...options }));
  } catch (thrown) {
    if (!isSystemError(thrown)) throw thrown;
    throw new FairleadError(
      "usage",
      `${file} could not be written (${systemCode(thrown)}); it is unchanged`,
      {
        cause: thrown,
        reason: "config_invalid",
        effect: "none",
        details: { file },
      },
    );
  }
}

interface Edit extends EditFileOptions {
  readonly file: string;
  readonly target: string;
  readonly edit: (text: string) => string;
}

async function editLocked({ file, target, edit, backupSuffix, isPrivate }: Edit): Promise<EditedFile> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const before = await readText(target);
    const after = edit(before ?? "");
    if (after === (before ?? "")) return { changed: false };
    const backup = backupSuffix === undefined || before === undefined ? undefined : target + backupSuffix;
    if (backup !== undefined && before !== undefined && !(await isThere(backup))) {
      await replaceFile(backup, before);
    }
    const mayReplace = async (): Promise<boolean> => (await readText(target)) === before;
    const madePrivate = isPrivate === true && (await isOpenToOthers(target));
    if (!(await replaceFile(target, after, { mayReplace, isPrivate }))) continue;
    return {
      changed: true,
      ...(backup === undefined ? {} : { backup }),
      ...(madePrivate ? { madePrivate } : {}),
    };
  }
  throw new FairleadError(
    "unavailable",
    `${file} keeps being changed by somebody else; it was left alone. Try again.`,
    { effect: "none", details: { file } },
  );
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** What the file system throws; our own errors and those of an edit have no system call. */
function isSystemError(thrown: unknown): boolean {
  return thrown instanceof Error && "syscall" in thrown;
}

/** The file that a path leads to, also where that file does not exist yet. */
async function followLinks(path: string): Promise<string> {
  let current = path;
  // As many as Linux follows; a longer chain is a circle.
  for (let hop = 0; hop < 40; hop++) {
    try {
      return await realpath(current);
    } catch (cause) {
      if (systemCode(cause) !== "ENOENT") throw linkError(path, cause);
    }
    const isLink = await lstat(current).then(
      (entry) => entry.isSymbolicLink(),
      () => false,
    );
    if (!isLink) return current;
    current = resolve(dirname(current), await readlink(current));
  }
  throw linkError(path, undefined);
}

function linkError(path: string, cause: unknown): FairleadError {
  return new FairleadError("usage", `${path} cannot be followed to a file (${systemCode(cause)})`, {
    cause,
    reason: "config_invalid",
    effect: "none",
    details: { file: path },
  });
}
