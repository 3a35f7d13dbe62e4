import { open, rm } from "node:fs/promises";
import { FairleadError } from "@fairlead/core";

/** A file that is ours and empty, until the archive is in it. */
export interface ArchiveFile extends AsyncDisposable {
  /** @throws FairleadError `usage` where the disk takes no more */
  write(archive: Buffer): Promise<void>;
}

/**
 * Makes the file of an archive before there is one: a place that cannot be written is told before a long diagnosis and not
 * after it. Disposing it removes the file again where no archive was written.
 * @throws FairleadError `already_exists` for a file that is there; `usage` for a place that cannot be written
 */
export async function reserveArchive(file: string): Promise<ArchiveFile> {
  const handle = await open(file, "wx", 0o600).catch((cause: unknown) => {
    throw refused(file, cause);
  });
  let isWritten = false;
  return {
    async write(archive) {
      try {
        await handle.writeFile(archive);
      } catch (cause) {
        throw refused(file, cause);
      }
      isWritten = true;
    },
    async [Symbol.asyncDispose]() {
      await handle.close();
      if (!isWritten) await rm(file, { force: true });
    },
  };
}

function refused(file: string, cause: unknown): FairleadError {
  const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
  const what = isThere
    ? "is there already: name another file"
    : "cannot be written: name a file in a folder of yours";
  return new FairleadError(isThere ? "already_exists" : "usage", `${file} ${what}`, {
    cause,
    reason: isThere ? "file_exists" : "argument_invalid",
    effect: "none",
    details: { file },
  });
}
