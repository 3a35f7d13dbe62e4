import { mkdir, mkdtemp, readdir, readlink, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type FairleadError, type Files, readBytes, toPathUri } from "@fairlead/core";
import { createFiles } from "../create-files.js";
import type { Hold } from "../held.js";

/** A folder that may be used, one beside it that may not, and the files of the first. Disposing removes both. */
export interface FileTree extends AsyncDisposable {
  readonly files: Files;
  /** The folder that may be used. */
  readonly root: string;
  /** The folder that may not. */
  readonly outside: string;
  /** A path below the root, and its URI. */
  path(name: string): string;
  uri(name: string): string;
  /** Puts files below the root, with the folders that they need. */
  put(...names: readonly string[]): Promise<void>;
  /** Puts a link below the root. */
  link(name: string, target: string): Promise<void>;
  /** Reads a text through the port. */
  text(name: string): Promise<string>;
}

/** Makes one. @param hold how names are taken hold of; default: as this system does it best */
export async function makeFileTree(hold?: Hold): Promise<FileTree> {
  const top = await mkdtemp(join(await realpath(tmpdir()), "fl-files-"));
  const root = join(top, "root");
  const outside = join(top, "outside");
  await mkdir(root);
  await mkdir(outside);
  const files = createFiles({ roots: [uriOf(root)], hold });
  return {
    files,
    root,
    outside,
    path: (name) => join(root, name),
    uri: (name) => uriOf(join(root, name)),
    put: async (...names) => {
      for (const name of names) {
        await mkdir(dirname(join(root, name)), { recursive: true });
        await writeFile(join(root, name), name);
      }
    },
    link: (name, target) => symlink(target, join(root, name)),
    text: async (name) =>
      Buffer.from(await readBytes(files, uriOf(join(root, name)), { maxBytes: 1e6 })).toString(),
    [Symbol.asyncDispose]: () => rm(top, { recursive: true, force: true }),
  };
}

/** What a promise failed with; fails where it did not. */
export async function failureOf(promise: Promise<unknown>): Promise<FairleadError> {
  return promise.then(
    () => {
      throw new Error("It went through");
    },
    (error: unknown) => error as FairleadError,
  );
}

/** The descriptors that this process has open, by what they lead to. */
export async function openDescriptors(): Promise<readonly string[]> {
  const all = await readdir("/proc/self/fd");
  const leads = await Promise.all(all.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
  return leads.filter((path) => path.includes("fl-files-"));
}

function uriOf(path: string): string {
  return toPathUri(path, "posix");
}
