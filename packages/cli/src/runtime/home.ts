import { mkdir, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { resolveHome } from "@fairlead/core";

/** Finds the folder of configuration and state, by the one rule that all binaries share. */
export function findHome(env: Readonly<NodeJS.ProcessEnv>): Promise<string> {
  return resolveHome(env["FAIRLEAD_HOME"], join(homedir(), ".fairlead"), {
    isDirectory: async (path) => {
      const found = await stat(path).catch(() => undefined);
      return found?.isDirectory();
    },
    realpath: (path) => realpath(path),
    makePrivateDirectory,
  });
}

async function makePrivateDirectory(path: string): Promise<void> {
  if (process.platform !== "win32") return void (await mkdir(path, { recursive: true, mode: 0o700 }));
  // Modes say nothing there; what it takes instead is loaded for the one time that a home is made.
  const { makePrivateFolder } = await import("@fairlead/machine");
  await makePrivateFolder(path);
}
