import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";

/** A home whose user has the configurations of all clients, and a project with its own. */
export interface ConfiguredHome {
  readonly home: TestHome;
  readonly project: string;
}

/** Copies the configurations that are written after the clients' documentation into a new home. The caller owns it. */
export async function createConfiguredHome(): Promise<ConfiguredHome> {
  const home = await createTestHome();
  const fixtures = join(workspaceRoot(), "packages", "config", "fixtures");
  await cp(join(fixtures, "home"), home.folder.path, { recursive: true });
  const project = home.folder.file("site");
  await mkdir(project);
  await cp(join(fixtures, "project"), project, { recursive: true });
  // Claude Code keeps servers of a folder by its path.
  const claude = home.folder.file(".claude.json");
  await writeFile(claude, (await readFile(claude, "utf8")).replace('"/work/site"', JSON.stringify(project)));
  return { home, project };
}
