// Makes the programs and the library out of the built packages: a few files instead of five hundred, which halves the time
// to start.
//   node scripts/bundle.mjs     after `tsc -b`
import { readdirSync, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";

const packageFolder = resolve(import.meta.dirname, "..");
const packagesFolder = resolve(packageFolder, "..");
const outputFolder = join(packageFolder, "dist", "bundle");

const entries = {
  fairlead: join(packageFolder, "dist", "main.js"),
  "fairlead-executor": join(packageFolder, "dist", "executor-bin", "main.js"),
  "console-event": join(packagesFolder, "machine", "dist", "windows", "console-event-main.js"),
  watchdog: join(packagesFolder, "machine", "dist", "trees", "watchdog-main.js"),
  "keyring-helper": join(packagesFolder, "oauth", "dist", "keyring", "keyring-helper-main.js"),
  library: join(packageFolder, "dist", "index.js"),
};

/** What stays a package: native parts, those that read files of their own, and what is loaded only when it is needed. */
const external = [
  /^node:/,
  /^@grpc\//,
  /^grpc-health-check$/,
  /^undici$/,
  /^@lydell\/node-pty/,
  /^node-pty/,
  /^@napi-rs\/keyring/,
  /^koffi$/,
];

/**
 * @typedef {object} Bundled
 * @property {string[]} modules the files that went into it, by their absolute paths
 * @property {string[]} imports what it imports, its own files left out
 */

/**
 * Writes the bundle anew.
 * @param {string} [folder] `dist/bundle` by default
 * @returns {Promise<Bundled>}
 */
export async function bundle(folder = outputFolder) {
  const bundled = await rolldown({
    input: entries,
    platform: "node",
    external,
    // Some packages have the form that can be taken apart beside the one that Node loads.
    resolve: { mainFields: ["module", "main"] },
    // Loading a module of ours does nothing, so one that a command takes nothing from need not be loaded for it.
    treeshake: { moduleSideEffects: (id) => id.includes("/node_modules/") },
    plugins: [ownPrograms()],
  });
  // Written aside and then exchanged: a program that is running loads parts of it later.
  const aside = (what) => `${folder}-${what}-${process.pid}`;
  const { output } = await bundled.write({
    dir: aside("new"),
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
  });
  await bundled.close();
  await rename(folder, aside("old")).catch(() => {});
  await rename(aside("new"), folder);
  await rm(aside("old"), { recursive: true, force: true });
  const names = new Set(output.map(({ fileName }) => fileName));
  const imports = output.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]);
  return {
    modules: output.flatMap(({ moduleIds }) => moduleIds).map(fileOf),
    imports: [...new Set(imports)].filter((name) => !names.has(name)),
  };
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

/** The bundler adds a few lines of its own, which are in no file. */
function fileOf(moduleId) {
  const bundler = join(packageFolder, "node_modules", "rolldown", "package.json");
  return moduleId.startsWith("\0rolldown/") ? bundler : moduleId;
}

/** The programs that are started by their path lie beside the others here. */
function ownPrograms() {
  const replaced = [
    [
      join("machine", "dist", "windows", "console-event-program.js"),
      "consoleEventProgram",
      "./console-event.js",
    ],
    [join("machine", "dist", "trees", "watchdog-program.js"), "watchdogProgram", "./watchdog.js"],
    [
      join("oauth", "dist", "keyring", "keyring-helper-program.js"),
      "keyringHelperProgram",
      "./keyring-helper.js",
    ],
  ];
  return {
    name: "own-programs",
    load: (id) => {
      const [, name, where] = replaced.find(([file]) => id.endsWith(file)) ?? [];
      if (name === undefined) return undefined;
      return `import { fileURLToPath } from "node:url";
export const ${name} = fileURLToPath(new URL("${where}", import.meta.url));`;
    },
  };
}

/** @param {string} file */
function changedAtMs(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (process.argv[1] === import.meta.filename) await bundle();
