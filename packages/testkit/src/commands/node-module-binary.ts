import { existsSync } from "node:fs";
import { join } from "node:path";
import { FairleadError } from "@fairlead/core";
import { type PackageManifest, readManifest, unscoped, withParents } from "./package-manifest.js";
import { workspaceRoot } from "./workspace-root.js";

/** Which program of a dependency, and whose dependency. */
export interface NodeModuleBinaryOptions {
  /** @default the only one, else the one named like the package */
  readonly binName?: string | undefined;
  /** The package folder that depends on it. @default the workspace's `test`, which holds the servers and clients that we did not write */
  readonly fromFolder?: string | undefined;
}

/**
 * The absolute path of a program that a dependency brings; start it with `process.execPath`.
 * The folder is found by walking up through node_modules as Node does, so a package whose `exports` hide its
 * package.json is found too.
 * @throws FairleadError `not_found`, naming what is installed
 */
export function nodeModuleBinary(packageName: string, options: NodeModuleBinaryOptions = {}): string {
  const fromFolder = options.fromFolder ?? join(workspaceRoot(), "test");
  const manifest = findManifest(packageName, fromFolder);
  if (manifest === undefined) {
    throw missing(`${packageName} is not installed for ${fromFolder}. Add it as a dependency there.`);
  }
  const name = options.binName ?? defaultName(manifest);
  const path = manifest.bins.get(name);
  if (path === undefined) {
    const known = [...manifest.bins.keys()].join(", ") || "none";
    throw missing(`${packageName} has no program ${JSON.stringify(name)}; it has: ${known}.`);
  }
  if (!existsSync(path)) throw missing(`${packageName} says that ${name} is ${path}, which does not exist.`);
  return path;
}

function findManifest(packageName: string, fromFolder: string): PackageManifest | undefined {
  for (const folder of withParents(fromFolder)) {
    const manifest = readManifest(join(folder, "node_modules", packageName));
    if (manifest !== undefined) return manifest;
  }
  return undefined;
}

function defaultName(manifest: PackageManifest): string {
  const [only, ...others] = manifest.bins.keys();
  return only !== undefined && others.length === 0 ? only : unscoped(manifest.name);
}

function missing(message: string): FairleadError {
  return new FairleadError("not_found", message, { reason: "program_not_found", effect: "none" });
}
