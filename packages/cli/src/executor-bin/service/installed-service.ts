import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createId, retryInUse } from "@fairlead/core";
import { type FileOwner, judgeOwner } from "./own-mark.js";
import type { ServiceSystem } from "./service-system.js";

/** The file of a service, as it is. */
export interface InstalledFile {
  readonly text: string;
  readonly owner: FileOwner;
}

const byteOrderMark = "\uFEFF";

/** Reads the file of a service; undefined if there is none. @throws Error of the system */
export async function readServiceFile(
  { encoding }: ServiceSystem,
  file: string,
): Promise<InstalledFile | undefined> {
  try {
    const text = (await readFile(file, encoding)).replace(byteOrderMark, "");
    return { text, owner: judgeOwner(text) };
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  }
}

/** Replaces the file of a service as a whole. @throws Error of the system */
export async function writeServiceFile(
  { encoding }: ServiceSystem,
  file: string,
  text: string,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${createId("new")}`;
  // The tools of Windows tell the encoding by that mark.
  const content = encoding === "utf16le" ? `${byteOrderMark}${text}` : text;
  try {
    await writeFile(temporary, content, { encoding, mode: 0o600, flag: "wx" });
    await retryInUse(() => rename(temporary, file), process.platform);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
}
