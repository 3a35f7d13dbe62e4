import { readdir } from "node:fs/promises";
import type { Scene } from "./scene.js";

/** The control socket of a running host; undefined if it has none. */
export async function controlSocketOf(
  scene: Pick<Scene, "folder">,
  pid: number | undefined,
): Promise<string | undefined> {
  const folder = scene.folder.file("home/run");
  const name = (await readdir(folder)).find((own) => new RegExp(`^${pid}-.*\\.sock$`).test(own));
  return name === undefined ? undefined : `${folder}/${name}`;
}
