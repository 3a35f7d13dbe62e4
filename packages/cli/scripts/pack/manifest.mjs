import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";

/**
 * Makes the manifest of the package that is published: what the workspace's one says, with real versions, and with the
 * bundle in the place of the private packages.
 * @param {object} workspace
 * @param {string} workspace.root the checkout
 * @param {string} workspace.packageFolder of the command line, whose manifest it is made of
 * @param {string} workspace.types the path of the library's declarations
 * @returns {object}
 */
export function publishedManifest({ root, packageFolder, types }) {
  const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const versions = catalogVersions(root);
  const withVersions = (dependencies) =>
    Object.fromEntries(Object.keys(dependencies).map((name) => [name, versionOf(versions, name)]));
  const { name, version, description, keywords, license, type, engines, bin } = manifest;
  const library = "./dist/bundle/library.js";
  return {
    name,
    version,
    description,
    keywords,
    license,
    type,
    engines,
    bin: Object.fromEntries(Object.entries(bin).map(([command, file]) => [command, file.replace("./", "")])),
    main: library,
    types,
    exports: {
      ".": { types, default: library },
      "./proto/*": "./proto/*",
      "./package.json": "./package.json",
    },
    files: ["bin", "dist", "docs", "proto", "THIRD_PARTY_NOTICES.md"],
    dependencies: withVersions(manifest.dependencies),
    optionalDependencies: withVersions(manifest.optionalDependencies),
    // The library's types name Node's. Whoever compiles against them has these anyway, in a version of their own.
    peerDependencies: { "@types/node": ">=20" },
    peerDependenciesMeta: { "@types/node": { optional: true } },
  };
}

/**
 * Throws unless the bundle imports nothing that is not installed with it, and nothing is installed that it does not import.
 * @param {object} what
 * @param {Record<string, string>[]} what.declared dependencies
 * @param {readonly string[]} what.imports as the bundle's `imports` are
 * @param {readonly string[]} what.texts the bundle's files: what is required where it is needed is named there
 */
export function checkDependencies({ declared, imports, texts }) {
  const names = new Set(declared.flatMap((dependencies) => Object.keys(dependencies)));
  const packages = new Set(imports.filter((name) => !isBuiltin(name)).map(packageOf));
  const imported = [...packages].filter((name) => !names.has(name));
  const unused = [...names].filter((name) => !texts.some((text) => text.includes(`"${name}`)));
  if (imported.length > 0)
    throw new Error(`no dependency, but imported by the bundle: ${imported.join(", ")}`);
  if (unused.length > 0)
    throw new Error(`a dependency, but not imported by the bundle: ${unused.join(", ")}`);
}

function packageOf(specifier) {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function versionOf(versions, name) {
  const version = versions.get(name);
  if (version === undefined) throw new Error(`the catalog of pnpm-workspace.yaml has no version of ${name}`);
  return version;
}

/** Every dependency's version is in the catalog, one a line. */
function catalogVersions(root) {
  const text = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const [, catalog = ""] = /^catalog:\n((?: {2}.*\n)*)/m.exec(text) ?? [];
  return new Map(
    [...catalog.matchAll(/^ {2}"?([^":]+)"?: (\S+)$/gm)].map(([, name, version]) => [name, version]),
  );
}
