import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createId, retryInUse } from "@fairlead/core";

/**
 * Replaces a file that we keep for ourselves, and makes its folder where there is none; nobody but its owner reads either.
 * Whoever reads it sees all of the old text or all of the new one. Of two writers at once the later one wins.
 * @throws Error of the system; the old text is still there then, and nothing else
 */
export async function replaceStateFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${createId("tmp")}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
    await retryInUse(() => rename(temporary, file), process.platform);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw cause;
  }
}
