import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FairleadError } from "@fairlead/core";

/** A folder of its own for one test. Whoever made it owns it; disposing removes it with everything inside. */
export interface TempFolder extends AsyncDisposable {
  /** Absolute, links resolved, so that it equals what a child reports as its working directory. */
  readonly path: string;
  /** The path that a file of this name has or would have; nothing is created. */
  file(name: string): string;
  /** Writes a file, complete from the first moment it can be seen, and gives its path. Folders are made as needed. */
  write(name: string, content: string | Uint8Array): Promise<string>;
}

/** A socket path of 100 bytes or more is cut silently; this leaves room for a socket's own name. */
const maxPathBytes = 70;

/**
 * Makes an empty folder with a short path under the system's temporary folder.
 * @param prefix a few letters that make it recognisable. @default "fl-"
 * @throws FairleadError `usage` where the path is too long for a unix socket inside it
 */
export async function createTempFolder(prefix = "fl-"): Promise<TempFolder> {
  const path = await mkdtemp(join(await realpath(tmpdir()), prefix));
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });
  if (Buffer.byteLength(path) > maxPathBytes) {
    await remove();
    throw new FairleadError(
      "usage",
      `The temporary folder ${path} is longer than ${maxPathBytes} bytes, too long for unix sockets. ` +
        "Use a shorter prefix or a shorter TMPDIR.",
      { reason: "path_invalid", effect: "none" },
    );
  }
  let writes = 0;
  return {
    path,
    file: (name) => join(path, name),
    write: async (name, content) => {
      const target = join(path, name);
      await mkdir(dirname(target), { recursive: true });
      writes += 1;
      const unfinished = `${target}.${writes}.tmp`;
      await writeFile(unfinished, content);
      await rename(unfinished, target);
      return target;
    },
    [Symbol.asyncDispose]: remove,
  };
}
