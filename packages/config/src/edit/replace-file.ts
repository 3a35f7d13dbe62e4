import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createId, retryInUse } from "@fairlead/core";

/** For files that may hold secrets: nobody but the owner reads them. */
const privateMode = 0o600;

/** What of a mode is about the owner. */
const ownerMode = 0o700;

/** How a file is replaced. */
export interface ReplaceOptions {
  /** Asked when the new text is safely on disk, last before it takes effect. Undefined: it may. */
  readonly mayReplace?: () => Promise<boolean>;
  /** Whether nobody but the owner may have the new text, although others had the old one. @default false */
  readonly isPrivate?: boolean | undefined;
}

/** Whether others than its owner may do something with a file; false where there is none. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  return process.platform !== "win32" && ((await modeOf(path)) & ~ownerMode) !== 0;
}

/**
 * Replaces a file by a new text in one step: whoever reads it sees all of the old or all of the new, also after a power
 * cut. The file keeps its mode; a new one is private.
 * @returns false if `mayReplace` said no; the file is then untouched
 */
export async function replaceFile(
  path: string,
  text: string,
  { mayReplace, isPrivate }: ReplaceOptions = {},
): Promise<boolean> {
  const temporary = join(dirname(path), `.${basename(path)}.${createId("tmp")}`);
  const mode = (await modeOf(path)) & (isPrivate === true ? ownerMode : 0o777);
  let isDone = false;
  try {
    const handle = await open(temporary, "wx", privateMode);
    await fill(handle, text, mode);
    if (mayReplace !== undefined && !(await mayReplace())) return false;
    await retryInUse(() => rename(temporary, path), process.platform);
    isDone = true;
  } finally {
    if (!isDone) await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

async function fill(handle: FileHandle, text: string, mode: number): Promise<void> {
  try {
    await handle.writeFile(text, "utf8");
    if (mode !== privateMode) await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function modeOf(path: string): Promise<number> {
  return stat(path).then(
    (entry) => entry.mode & 0o777,
    () => privateMode,
  );
}

/** Makes the rename itself last. Windows cannot open a folder, and there it is not needed. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
