import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./setup.mjs";

/**
 * @typedef {object} InstallBeside
 * @property {string} folder where they are installed
 * @property {string} listPath a file that says `{ packages, paths }` once they are
 * @property {readonly string[]} packages with their versions, as npm takes them
 * @property {Record<string, string>} paths what suites start, by name
 * @property {readonly string[]} [alsoNeeded] further files that must be there
 * @property {readonly string[]} [options] further options of `npm install`
 */

/**
 * Installs packages that are no dependencies of the workspace, because few need them. Takes no time where they are there.
 * @param {InstallBeside} what
 * @returns {Promise<string | undefined>} why they cannot be had here; undefined if they are ready
 */
export async function installBeside({ folder, listPath, packages, paths, alsoNeeded = [], options = [] }) {
  if (isReady(listPath, packages)) return undefined;
  console.log(`Installing ${packages.join(", ")} …`);
  rmSync(listPath, { force: true });
  const exitCode = await install(folder, packages, options);
  const absent = [...Object.values(paths), ...alsoNeeded].filter((path) => !existsSync(path));
  if (exitCode !== 0 || absent.length > 0) {
    const what =
      exitCode === 0 ? `npm left out ${absent.join(", ")}` : `npm ended with exit code ${exitCode}`;
    return `the packages could not be installed in ${folder}: ${what}. They need the npm registry once.`;
  }
  writeComplete(listPath, { packages, paths });
  return undefined;
}

function isReady(listPath, packages) {
  if (!existsSync(listPath)) return false;
  const list = JSON.parse(readFileSync(listPath, "utf8"));
  if (JSON.stringify(list.packages) !== JSON.stringify(packages)) return false;
  return Object.values(list.paths).every((path) => existsSync(path));
}

function install(folder, packages, more) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const options = [
    "--no-save",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--prefer-offline",
    ...more,
  ];
  // Some ask for a newer Node than the one that installs them; it is installed beside them.
  const env = { npm_config_loglevel: "error", npm_config_engine_strict: "false" };
  return run("npm", ["install", "--prefix", folder, ...options, ...packages], { env });
}

function writeComplete(path, list) {
  const unfinished = `${path}.tmp`;
  writeFileSync(unfinished, `${JSON.stringify(list, undefined, 2)}\n`);
  renameSync(unfinished, path);
}
