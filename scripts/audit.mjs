// `npm run audit:deps`: whether every installed package has a licence that we allow, and none an advisory that nobody judged.
// Exceptions, each with its reason, are in scripts/audit-exceptions.json. Without an answer from the registry the advisories
// are left out, and that is said: the licences are always checked.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { askAdvisories } from "./audit-advisories.mjs";
import { root, runMain } from "./setup.mjs";

const allowedLicences = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Unlicense",
  "Zlib",
]);

await runMain(async () => {
  const exceptions = JSON.parse(readFileSync(join(root, "scripts", "audit-exceptions.json"), "utf8"));
  const packages = installedPackages();
  const problems = [
    ...licenceProblems(packages, exceptions.licences),
    ...(await advisoryProblems(packages, exceptions.advisories)),
    ...unusedExceptions(packages, exceptions.licences),
  ];
  for (const problem of problems) console.log(problem);
  console.log(`${packages.length} packages audited, ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
});

/** @returns {{ name: string, version: string, licence: string }[]} every package in the store of this checkout, ours aside */
function installedPackages() {
  const store = join(root, "node_modules", ".pnpm");
  const found = new Map();
  for (const entry of readdirSync(store)) {
    for (const folder of packageFolders(join(store, entry, "node_modules"))) {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const licence = typeof license === "object" ? license?.type : license;
      found.set(`${name}@${version}`, { name, version, licence: licence ?? "none" });
    }
  }
  return [...found.values()];
}

/** Real folders only: what is linked is in a folder of its own. */
function packageFolders(modules) {
  const folders = [];
  for (const entry of readFolder(modules)) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    const path = join(modules, entry.name);
    folders.push(...(entry.name.startsWith("@") ? packageFolders(path) : [path]));
  }
  return folders;
}

function readFolder(path) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  }
}

function licenceProblems(packages, exceptions) {
  return packages
    .filter(({ name, licence }) => !isAllowed(licence) && exceptions[name] === undefined)
    .map(
      ({ name, version, licence }) =>
        `${name}@${version} has the licence "${licence}": allow it with a reason, or drop it`,
    );
}

/** An expression of SPDX: one alternative that is allowed in all its parts is enough. */
function isAllowed(licence) {
  const alternatives = licence.replace(/^\((.*)\)$/, "$1").split(" OR ");
  return alternatives.some((one) => one.split(" AND ").every((part) => allowedLicences.has(part.trim())));
}

function unusedExceptions(packages, exceptions) {
  const names = new Set(packages.map(({ name }) => name));
  return Object.keys(exceptions)
    .filter((name) => !names.has(name) && !/-(?:darwin|linux|win32|freebsd|android)-/.test(name))
    .map(
      (name) => `the exception for the licence of ${name} is for a package that is not installed: remove it`,
    );
}

async function advisoryProblems(packages, exceptions) {
  const answer = await askAdvisories(packages);
  if (answer.problem !== undefined) {
    console.log(`advisories were not checked: ${answer.problem}`);
    return [];
  }
  return answer.advisories
    .filter(({ id }) => exceptions[id] === undefined)
    .map(({ id, name, severity, title }) => `${name} has the advisory ${id} (${severity}): ${title}`);
}
