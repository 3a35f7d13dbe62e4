// Makes the programs out of the built packages: a few files instead of five hundred, which halves the time to start.
//   node scripts/bundle.mjs     after `tsc -b`
import { readdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";

const packageFolder = resolve(import.meta.dirname, "..");
const packagesFolder = resolve(packageFolder, "..");
const outputFolder = join(packageFolder, "dist", "bundle");

const programs = {
  fairlead: join(packageFolder, "dist", "main.js"),
  "fairlead-executor": join(packageFolder, "dist", "executor-bin", "main.js"),
  watchdog: join(packagesFolder, "machine", "dist", "trees", "watchdog-main.js"),
};

/** What stays a package: native parts, those that read files of their own, and what is loaded only when it is needed. */
const external = [/^node:/, /^@grpc\//, /^grpc-health-check$/, /^undici$/, /^@lydell\/node-pty/, /^node-pty/];

/**
 * Writes `dist/bundle` anew.
 * @returns {Promise<void>}
 */
export async function bundle() {
  const bundled = await rolldown({ input: programs, platform: "node", external, plugins: [ownWatchdog()] });
  await rm(outputFolder, { recursive: true, force: true });
  await bundled.write({
    dir: outputFolder,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
  });
  await bundled.close();
}

/**
 * Writes `dist/bundle` if a package was built after it.
 * @returns {Promise<void>}
 */
export async function bundleIfStale() {
  const bundledAtMs = changedAtMs(join(outputFolder, "fairlead.js"));
  const builds = readdirSync(packagesFolder).map((name) =>
    join(packagesFolder, name, "dist", ".tsbuildinfo"),
  );
  if (builds.some((build) => changedAtMs(build) >= bundledAtMs)) await bundle();
}

/** The watchdog's program lies beside the others here. */
function ownWatchdog() {
  const replaced = join("machine", "dist", "trees", "watchdog-program.js");
  const code = `import { fileURLToPath } from "node:url";
export const watchdogProgram = fileURLToPath(new URL("WHERE", import.meta.url));`;
  return {
    name: "own-watchdog",
    load: (id) => (id.endsWith(replaced) ? code.replace("WHERE", "./watchdog.js") : undefined),
  };
}

/** @param {string} file */
function changedAtMs(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (process.argv[1] === import.meta.filename) await bundle();
