import { access, realpath } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/** A configuration file of a project, which nobody has read yet. */
export interface FoundFile {
  /** Absolute, through no link but perhaps its own. */
  readonly file: string;
  readonly kind: "toml" | "json";
  /** The folder of the project. */
  readonly folder: string;
}

/** What is not a project. */
export interface SearchBounds {
  /** The home folder of Fairlead. */
  readonly home: string;
  /** The user's own folder, where the search ends. */
  readonly userFolder: string;
}

/**
 * Finds the configuration files of the project that a folder is in, the nearest last: from the folder up to the root of its
 * repository, or to the user's own folder, which is none. Outside both it is the folder alone. Only Node's own modules are
 * used here, so that a relay can ask too.
 */
export async function findProjectFiles(cwd: string, bounds: SearchBounds): Promise<readonly FoundFile[]> {
  const found = await Promise.all(
    (await projectFolders(cwd, bounds)).map(async (folder) => {
      const files = possibleFiles(folder);
      const isThere = await Promise.all(files.map(({ file }) => isOfProject(file, bounds.home)));
      return files.filter((_, index) => isThere[index]);
    }),
  );
  return found.toReversed().flat();
}

/** Where files of a project may be in one folder, in the order in which they are laid over each other. */
export function possibleFiles(folder: string): readonly FoundFile[] {
  return [
    { file: join(folder, ".mcp.json"), kind: "json", folder },
    { file: join(folder, ".fairlead", "config.toml"), kind: "toml", folder },
  ];
}

/** The folders that files of a project may be in, the nearest first. */
export async function projectFolders(
  cwd: string,
  { home, userFolder }: SearchBounds,
): Promise<readonly string[]> {
  const start = await realpath(cwd).catch(() => cwd);
  const user = await realpath(userFolder).catch(() => userFolder);
  if (isInside(start, home)) return [];
  const isUsers = isInside(start, user);
  const all = foldersAbove(start);
  const above = isUsers ? all.slice(0, all.indexOf(user)) : all;
  const isRoot = await Promise.all(above.map((folder) => exists(join(folder, ".git"))));
  const root = isRoot.indexOf(true);
  if (root >= 0) return above.slice(0, root + 1);
  return isUsers ? above : above.slice(0, 1);
}

/** A home folder can stand in a project; what is in it is the user's. */
async function isOfProject(file: string, home: string): Promise<boolean> {
  const folder = await realpath(dirname(file)).catch(() => undefined);
  return folder !== undefined && folder !== home && (await exists(file));
}

function foldersAbove(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersAbove(parent)];
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !/^([A-Za-z]:|\\\\)/.test(way));
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
