import { existsSync, readdirSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { FairleadError } from "@fairlead/core";
import { readManifest } from "./package-manifest.js";
import { workspaceRoot } from "./workspace-root.js";

/** Where {@link binaryPath} looks. */
export interface BinaryPathOptions {
  /** Searched for `FAIRLEAD_BIN_<NAME>`. @default the environment of this process, so that a CI job can choose */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** @default the checkout that testkit lives in */
  readonly root?: string | undefined;
}

/**
 * The absolute path of one of our programs: what `FAIRLEAD_BIN_<NAME>` names (relative to the checkout), else the `bin`
 * of the workspace package that brings it. Never PATH and never the working directory, so that a suite cannot test
 * another installation by mistake.
 * @param name for example `fairlead-executor`, whose variable is `FAIRLEAD_BIN_FAIRLEAD_EXECUTOR`
 * @throws FairleadError `not_found` for an unknown name and for a file that is not there
 */
export function binaryPath(name: string, options: BinaryPathOptions = {}): string {
  const root = options.root ?? workspaceRoot();
  const variable = `FAIRLEAD_BIN_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
  const named = (options.env ?? process.env)[variable];
  if (named !== undefined && named !== "") {
    return existing(isAbsolute(named) ? named : resolve(root, named), `${variable} names`);
  }
  for (const folder of readdirSync(join(root, "packages"))) {
    const path = readManifest(join(root, "packages", folder))?.bins.get(name);
    if (path !== undefined) return existing(path, `packages/${folder} says that ${name} is`);
  }
  throw missing(`No package under ${join(root, "packages")} has a bin called ${name}. Or set ${variable}.`);
}

/**
 * The argv that starts one of our programs, ready for more arguments: scripts run under this very Node.
 * @throws FairleadError `not_found`, as {@link binaryPath}
 */
export function binaryCommand(name: string, options: BinaryPathOptions = {}): readonly string[] {
  const path = binaryPath(name, options);
  return /\.[cm]?js$/.test(path) ? [process.execPath, path] : [path];
}

function existing(path: string, who: string): string {
  if (existsSync(path)) return path;
  throw missing(`${who} ${path}, which does not exist. Build it first.`);
}

function missing(message: string): FairleadError {
  return new FairleadError("not_found", message, { reason: "program_not_found", effect: "none" });
}
