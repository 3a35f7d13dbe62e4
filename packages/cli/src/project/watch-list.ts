import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname } from "node:path";
import type { ProjectPlace } from "./admit-project-files.js";
import { possibleFiles, projectFolders } from "./find-project-files.js";
import { trustFilePath } from "./trust-store.js";

/** What a running host has to watch to see that its project, or the trust in it, is another one. */
export async function projectWatchList(place: ProjectPlace): Promise<readonly string[]> {
  const paths = await projectPaths(place);
  const [trust] = paths;
  // Without it the home itself would have to be watched for its coming.
  if (trust !== undefined) await mkdir(dirname(trust), { recursive: true, mode: 0o700 }).catch(() => {});
  return paths;
}

/** The files that say what a project is and who trusts it, be they there or not; none where there can be no project. */
export async function projectPaths({
  home,
  cwd,
  userFolder = homedir(),
}: ProjectPlace): Promise<readonly string[]> {
  const folders = await projectFolders(cwd, { home, userFolder });
  if (folders.length === 0) return [];
  return [trustFilePath(home), ...folders.flatMap((folder) => possibleFiles(folder).map(({ file }) => file))];
}
