import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseDeclarationFile, wordsOf } from "./declaration-file.mjs";

const entry = "cli/index.d.ts";
const ownPackage = /^@fairlead\/([a-z]+)$/;

/**
 * @typedef {object} GatheredDeclarations
 * @property {Map<string, string>} files the text of each file by its path in one folder, such as `host/orchestrator/host.d.ts`
 * @property {string} entry the path of the library's own
 * @property {Set<string>} packages the foreign packages that they name, without Node's modules
 */

/**
 * Gathers what an embedding program's compiler needs: the declarations that can be reached from what the library exports,
 * and no others, with imports that find each other in one folder. The private packages' own files stay out that way, and
 * so do the libraries that only those name.
 * @param {string} packagesFolder holds the built packages
 * @returns {GatheredDeclarations}
 */
export function gatherDeclarations(packagesFolder) {
  const open = createReader(packagesFolder);
  /** By path, the names that are needed of it. */
  const needed = new Map();
  const waiting = [...open(entry).reexports.values()].map(({ from, name }) => find(open, entry, from, name));
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const names = needed.get(one.path) ?? new Set();
    needed.set(one.path, names);
    if (names.has(one.name)) continue;
    names.add(one.name);
    waiting.push(...ownReferences(open, one));
  }
  const packages = new Set();
  const files = new Map([[entry, formatEntry(open)]]);
  for (const [path, names] of needed) files.set(path, formatFile(open, { path, names, packages }));
  return { files, entry, packages };
}

/** Reads and takes apart each file once. */
function createReader(packagesFolder) {
  const read = new Map();
  return (path) => {
    const known = read.get(path);
    if (known !== undefined) return known;
    const [packageName, ...rest] = path.split("/");
    const file = join(packagesFolder, packageName, "dist", ...rest);
    if (!existsSync(file)) throw new Error(`${file} is missing: build first`);
    const parsed = parseDeclarationFile(readFileSync(file, "utf8").replaceAll("\r\n", "\n"), path);
    read.set(path, parsed);
    return parsed;
  };
}

/** The file that declares what another one imports; undefined if that is a foreign package. */
function find(open, path, from, name) {
  const own = ownPackage.exec(from)?.[1];
  if (own === undefined && !from.startsWith(".")) return undefined;
  if (name === undefined) throw new Error(`${path} takes the whole of ${from}: name what it takes`);
  const target =
    own === undefined ? posix.join(posix.dirname(path), from).replace(/\.js$/, ".d.ts") : `${own}/index.d.ts`;
  const { declarations, reexports } = open(target);
  if (declarations.has(name)) return { path: target, name };
  const further = reexports.get(name);
  if (further === undefined) throw new Error(`${path} takes ${name} of ${from}, where it is not`);
  return find(open, target, further.from, further.name);
}

/** What a declaration refers to, here and in other files of ours. */
function ownReferences(open, { path, name }) {
  const { declarations, imports } = open(path);
  const words = (declarations.get(name) ?? []).flatMap((text) => [...wordsOf(text)]);
  return words.flatMap((word) => {
    if (declarations.has(word)) return [{ path, name: word }];
    const taken = imports.get(word);
    return taken === undefined ? [] : (find(open, path, taken.from, taken.name) ?? []);
  });
}

/** One file with the needed declarations alone, in their order. */
function formatFile(open, { path, names, packages }) {
  const { declarations, imports } = open(path);
  const kept = [...declarations].filter(([name]) => names.has(name)).flatMap(([, texts]) => texts);
  const words = new Set(kept.flatMap((text) => [...wordsOf(text)]));
  const lines = [...imports]
    .filter(([alias]) => words.has(alias) && !declarations.has(alias))
    .map(([alias, { from, name, isType }]) => {
      const keyword = isType ? "import type" : "import";
      const found = find(open, path, from, name);
      if (found === undefined && !from.startsWith("node:")) packages.add(packageOf(from));
      const what = name === undefined ? `* as ${alias}` : `{ ${renamed(found?.name ?? name, alias)} }`;
      return `${keyword} ${what} from "${found === undefined ? from : nameOf(path, found.path)}";`;
    });
  const usesNode = /\b(?:Buffer|NodeJS\.)/.test(kept.join("\n")) || lines.some((line) => /"node:/.test(line));
  const head = usesNode ? ['/// <reference types="node" />'] : [];
  return `${[...head, ...lines, ...kept, "export {};"].join("\n")}\n`;
}

function formatEntry(open) {
  const lines = [...open(entry).reexports].map(([alias, { from, name, isType }]) => {
    const found = find(open, entry, from, name);
    const keyword = isType ? "export type" : "export";
    return `${keyword} { ${renamed(found.name, alias)} } from "${nameOf(entry, found.path)}";`;
  });
  return `${lines.join("\n")}\n`;
}

function renamed(name, alias) {
  return name === alias ? name : `${name} as ${alias}`;
}

/** How one file names another. */
function nameOf(path, target) {
  const name = posix.relative(posix.dirname(path), target).replace(/\.d\.ts$/, ".js");
  return name.startsWith(".") ? name : `./${name}`;
}

function packageOf(specifier) {
  const parts = specifier.startsWith("@") ? 2 : 1;
  return specifier.split("/").slice(0, parts).join("/");
}
