import { constants } from "node:fs";
import { copyFile, link, rm, writeFile } from "node:fs/promises";
import { createId } from "@fairlead/core";
import { makePrivate } from "./private-paths.js";

/**
 * Makes a file that only its owner may read, whole or not at all. One that is there is never replaced: of two who make it at
 * the same moment, one does. On Windows it is as private as its folder.
 * @returns whether it was made; false where there was one
 * @throws Error of the system
 */
export async function createPrivateFile(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${createId("tmp")}`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flag: "wx", flush: true });
    // It inherits from its folder; where something has made it otherwise, whoever reads a secret in it looks for himself.
    if (process.platform === "win32") await makePrivate(temporary).catch(() => {});
    await link(temporary, path).catch(async (cause: unknown) => {
      if (isThere(cause)) throw cause;
      // Some file systems have no links. Only there may one who comes at the same moment see a part of it.
      await copyFile(temporary, path, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (cause) {
    if (isThere(cause)) return false;
    throw cause;
  } finally {
    await rm(temporary, { force: true });
  }
}

function isThere(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "EEXIST";
}
