// Makes the package that is published, in one file that `npm install` takes:
//   node scripts/pack.mjs [FOLDER]     after `tsc -b`; writes fairlead-VERSION.tgz to the folder, the current one by default
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { bundle } from "./bundle.mjs";
import { gatherDeclarations } from "./pack/gather-declarations.mjs";
import { checkDependencies, publishedManifest } from "./pack/manifest.mjs";
import { thirdPartyNotices } from "./pack/notices.mjs";

const packageFolder = resolve(import.meta.dirname, "..");
const packagesFolder = resolve(packageFolder, "..");
const root = resolve(packagesFolder, "..");

/**
 * Makes the package out of what is built, and packs it.
 * @param {string} folder where the archive is written to
 * @returns {Promise<string>} the archive's path
 */
export async function pack(folder) {
  const staged = await mkdtemp(join(tmpdir(), "fairlead-pack-"));
  try {
    const { name, version } = await stage(staged);
    await mkdir(folder, { recursive: true });
    await runNpm(["pack", staged, "--pack-destination", folder, "--ignore-scripts", "--loglevel=error"]);
    return join(folder, `${name}-${version}.tgz`);
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** Lays out the package's files; its manifest is the result. */
async function stage(folder) {
  const to = (path) => join(folder, path);
  await mkdir(to("dist"));
  const { modules, imports } = await bundle(to("dist/bundle"));
  const { files, entry, packages } = gatherDeclarations(packagesFolder);
  for (const [path, text] of files) await write(to(`dist/types/${path}`), text);
  const manifest = publishedManifest({ root, packageFolder, types: `./dist/types/${entry}` });
  const { dependencies, optionalDependencies } = manifest;
  const texts = await readTexts(to("dist/bundle"));
  checkDependencies({
    declared: [dependencies, optionalDependencies],
    imports: [...imports, ...packages],
    texts,
  });
  await write(to("package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await write(to("THIRD_PARTY_NOTICES.md"), thirdPartyNotices(modules));
  await cp(join(packageFolder, "bin"), to("bin"), { recursive: true });
  const readme = await readFile(join(packageFolder, "README.md"), "utf8");
  await write(to("README.md"), readme.replaceAll("](../../docs/", "](docs/"));
  await cp(join(root, "LICENSE"), to("LICENSE"));
  for (const part of ["fairlead", "google"]) {
    await cp(join(root, "proto", part), to(`proto/${part}`), { recursive: true });
  }
  await copyPages(join(root, "docs"), to("docs"));
  return manifest;
}

/** Pages for those who work in a clone. */
const contributorsPages = ["benchmarks.md", "conformance.md"];

/** The pages link into the sources here and there; a link to what is not in the package becomes its text. */
async function copyPages(from, docs) {
  const leftOut = new RegExp(`\\[([^\\]]*)\\]\\((?:\\.\\.\\/|${contributorsPages.join("|")})[^)]*\\)`, "g");
  for (const name of (await readdir(from)).filter((page) => !contributorsPages.includes(page))) {
    const text = await readFile(join(from, name), "utf8");
    await write(join(docs, name), name.endsWith(".md") ? text.replace(leftOut, "$1") : text);
  }
}

async function readTexts(folder) {
  return Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
}

async function write(path, text) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function runNpm(args) {
  // On Windows npm is a command script, which only a shell starts.
  const child = spawn("npm", args, {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) =>
      code === 0 ? done() : fail(new Error(`npm ended with exit code ${code}`)),
    );
  });
}

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(`${await pack(resolve(process.argv[2] ?? "."))}\n`);
}
