import { lstat, readlink, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FairleadError } from "@fairlead/core";
import { configFilePath } from "../layers/read-layers.js";
import { readText, systemCode } from "../load/read-text.js";
import { parseToml } from "../toml/parse-toml.js";
import { withEditLock } from "./edit-lock.js";
import { replaceFile } from "./replace-file.js";

/** What an edit of the configuration file came to. */
export interface EditedConfig {
  /** The file as it is named in the home folder, which may be a link to the one that was written. */
  readonly file: string;
  /** False if the edit left the text as it was; then nothing was written. */
  readonly changed: boolean;
}

/** Changes by programs that do not know our lock, after which an edit is made again before giving up. */
const maxAttempts = 5;

/**
 * Edits `config.toml` in a home folder: all of the new text is written, or nothing, and edits of several processes come
 * one after the other. A missing file counts as an empty one and is made readable by its owner alone; a link stays a
 * link. Where a text editor changes the file meanwhile, the edit is made again on the new text.
 * @param edit makes the new text of the old one, for example with `addServer`; it may be called several times
 * @throws FairleadError `usage`, reason `config_invalid`, if the file is not valid TOML before or after, or cannot be
 * written; `unavailable` if others keep it busy; and whatever `edit` throws
 */
export async function editConfigFile(home: string, edit: (text: string) => string): Promise<EditedConfig> {
  const file = configFilePath(home);
  const target = await followLinks(file);
  try {
    return await withEditLock(target, () => editLocked(file, target, edit));
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

async function editLocked(
  file: string,
  target: string,
  edit: (text: string) => string,
): Promise<EditedConfig> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const before = await readText(target);
    parseToml(before ?? "", file);
    const after = edit(before ?? "");
    if (after === (before ?? "")) return { file, changed: false };
    parseToml(after, `${file} after the edit`);
    const isUnchanged = async (): Promise<boolean> => (await readText(target)) === before;
    if (await replaceFile(target, after, isUnchanged)) return { file, changed: true };
  }
  throw new FairleadError(
    "unavailable",
    `${file} keeps being changed by somebody else; it was left alone. Try again.`,
    { effect: "none", details: { file } },
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
