import { realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { resolveHome } from "@fairlead/core";
import { makePrivateDirectory } from "./private-directory.js";

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
