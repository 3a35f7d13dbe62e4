import { mkdir, realpath } from "node:fs/promises";
import { fixtureServerPath } from "@fairlead/testkit";
import { createScene, type Scene } from "../../failures/support/scene.js";

/** A scene with a repository in it that somebody cloned. */
export interface ProjectScene extends Scene {
  /** The root of the repository, as the system spells it. */
  readonly root: string;
  /** Writes a file of the repository. @returns its path */
  write(path: string, text: string): Promise<string>;
  /** An entry for `mcpServers` that starts a fixture server of this scene. */
  entry(flags?: readonly string[]): { readonly command: string; readonly args: readonly string[] };
}

/** Makes one. Its servers count as the scene's. */
export async function createProjectScene(): Promise<ProjectScene> {
  const scene = await createScene();
  await mkdir(scene.folder.file("repo/.git"), { recursive: true });
  return {
    ...scene,
    root: await realpath(scene.folder.file("repo")),
    write: (path, text) => scene.folder.write(`repo/${path}`, text),
    entry: (flags = []) => ({
      command: process.execPath,
      args: [fixtureServerPath, "--marker", scene.marker, ...flags],
    }),
  };
}

/** The text of a file with `mcpServers`. */
export function mcpServersText(servers: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ mcpServers: servers }, undefined, 2)}\n`;
}
