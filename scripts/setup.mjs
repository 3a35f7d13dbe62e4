// The shared beginning of `npm test` and `npm run quickstart`: checks Node, installs and builds what is missing.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** A failure whose message says everything that a person needs; no stack trace is shown for it. */
export class SetupError extends Error {}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const generatedFolder = join(root, "packages", "wire", "src", "gen");
const buildStamp = join(root, "node_modules", ".cache", "fairlead", "built");

/**
 * Makes the checkout ready to run. Does nothing, in well under a second, where nothing has changed since the last time.
 * @returns {Promise<void>}
 */
export async function setUp() {
  checkNodeVersion();
  if (!isInstalled()) {
    await step("Installing dependencies", install);
  }
  const fingerprint = fingerprintSources();
  if (!isBuilt(fingerprint)) {
    await step("Building", () => build(fingerprint));
  }
}

/**
 * Runs a script's main function: prints a failure as one line and takes its result as exit code.
 * @param {() => Promise<number>} main
 * @returns {Promise<void>}
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
}

/**
 * @typedef {object} RunOptions
 * @property {Record<string, string>} [env] added to our own environment
 * @property {boolean} [quiet] throws its output away
 */

/**
 * Runs a program in the checkout, its output shown. Ctrl-C reaches it through the terminal; we wait for its end.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>} its exit code; 128 + n if signal n ended it, 127 if it could not be started
 */
export function run(program, args, options = {}) {
  const onWindows = process.platform === "win32";
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...options.env },
    stdio: options.quiet === true ? "ignore" : "inherit",
    // npm's own programs are command scripts there, which only a shell starts.
    shell: onWindows && !program.endsWith(".exe"),
  });
  const endChild = () => child.kill("SIGTERM");
  process.on("SIGINT", waitForChild);
  process.on("SIGTERM", endChild);
  return new Promise((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  }).finally(() => {
    process.off("SIGINT", waitForChild);
    process.off("SIGTERM", endChild);
  });
}

function checkNodeVersion() {
  const needed = /** @type {string} */ (manifest.engines.node).replace(/^>=/, "");
  const [neededMajor, neededMinor] = needed.split(".").map(Number);
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return;
  throw new SetupError(
    `Fairlead needs Node ${needed} or later; this is ${process.versions.node} (${process.execPath}). ` +
      "Install a newer Node and run the command again.",
  );
}

/** pnpm keeps a copy of the lockfile that it last installed. */
function isInstalled() {
  if (!existsSync(join(root, "node_modules", ".modules.yaml"))) return false;
  const installed = read(join(root, "node_modules", ".pnpm", "lock.yaml"));
  if (installed !== read(join(root, "pnpm-lock.yaml"))) return false;
  return buildFolders().every((folder) => existsSync(join(root, folder, "node_modules")));
}

async function install() {
  const args = ["install", "--frozen-lockfile", "--config.confirm-modules-purge=false"];
  // A warm store needs no network at all; where it lacks something, pnpm notices within a second.
  if ((await pnpm([...args, "--offline"], { quiet: true })) === 0) return;
  // Short pauses between its tries: pnpm's own make a machine without network wait for many minutes.
  const pauses = ["--config.fetch-retry-mintimeout=500", "--config.fetch-retry-maxtimeout=2000"];
  if ((await pnpm([...args, "--prefer-offline", ...pauses])) === 0) return;
  console.log("Trying once more, with what is in the local store alone");
  // Nothing new is let in this way: the store holds what was checked when it was fetched, by its hash in the lockfile.
  if ((await pnpm([...args, "--offline", "--config.trust-lockfile=true"])) === 0) return;
  throw new SetupError(
    "the dependencies could not be installed; the reason is above. " +
      "The first set-up on a machine needs the npm registry; later ones work offline.",
  );
}

/**
 * Whether every output is there, and made from the sources as they are now.
 * @param {string} fingerprint
 */
function isBuilt(fingerprint) {
  const outputs = buildFolders().map((folder) => join(root, folder, "dist", ".tsbuildinfo"));
  outputs.push(
    join(generatedFolder, "descriptor.ts"),
    join(root, "packages", "cli", "dist", "bundle", "fairlead.js"),
  );
  return read(buildStamp) === fingerprint && outputs.every((output) => existsSync(output));
}

/** Keeps us alive at Ctrl-C, which the terminal sends to the child too. */
function waitForChild() {}

/** @param {string} fingerprint of the sources before the build, so that a file saved meanwhile counts as changed */
async function build(fingerprint) {
  const env = { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
  if ((await pnpm(["exec", "turbo", "run", "build", "--output-logs=errors-only"], { env })) !== 0) {
    throw new SetupError("the build failed; the compiler's messages are above");
  }
  mkdirSync(dirname(buildStamp), { recursive: true });
  writeFileSync(buildStamp, fingerprint);
}

/** Names, sizes and times of everything that the build reads: far cheaper than asking the build tool. */
function fingerprintSources() {
  const inputs = ["package.json", "tsconfig.base.json", "turbo.json", "pnpm-lock.yaml", "proto"];
  for (const folder of buildFolders()) {
    inputs.push(...["package.json", "tsconfig.json", "src", "scripts"].map((name) => join(folder, name)));
  }
  const hash = createHash("sha256");
  for (const input of inputs) addToHash(hash, join(root, input));
  return hash.digest("hex");
}

/**
 * @param {import("node:crypto").Hash} hash
 * @param {string} path
 */
function addToHash(hash, path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || path === generatedFolder || path.endsWith("node_modules")) return;
  if (stat.isDirectory()) {
    for (const name of readdirSync(path).toSorted()) addToHash(hash, join(path, name));
  } else {
    hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`);
  }
}

/** Folders with a build of their own, relative to the checkout. */
function buildFolders() {
  const folders = readdirSync(join(root, "packages")).map((name) => join("packages", name));
  return [...folders, "test"].filter((folder) => existsSync(join(root, folder, "tsconfig.json")));
}

/**
 * Runs the pnpm that package.json names, without a global install; npx takes it from npm's cache if it is there.
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>}
 */
function pnpm(args, options = {}) {
  const env = { npm_config_update_notifier: "false", npm_config_loglevel: "error", ...options.env };
  return run("npx", ["--prefer-offline", "--yes", manifest.packageManager, ...args], { ...options, env });
}

/**
 * @param {string} what
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
async function step(what, work) {
  const startedAtMs = performance.now();
  console.log(`${what} …`);
  await work();
  console.log(`${what}: done in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
}

/**
 * @param {string} path
 * @returns {string | undefined}
 */
function read(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
