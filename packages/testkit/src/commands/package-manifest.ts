import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { FairleadError } from "@fairlead/core";
import { hasErrorCode } from "../error-code.js";

/** The part of a package.json that tells which programs a package brings. */
export interface PackageManifest {
  /** The package's folder. */
  readonly folder: string;
  readonly name: string;
  /** Program name → absolute path of its script. */
  readonly bins: ReadonlyMap<string, string>;
}

/**
 * Reads a package's manifest.
 * @returns undefined if the folder has none
 * @throws FairleadError `usage` for one that is not a JSON object
 */
export function readManifest(folder: string): PackageManifest | undefined {
  const path = join(folder, "package.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
  const manifest = parseObject(text, path);
  const name = typeof manifest.name === "string" ? manifest.name : "";
  return { folder, name, bins: binsOf(manifest.bin, name, folder) };
}

function parseObject(text: string, path: string): { name?: unknown; bin?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch (cause) {
    throw new FairleadError("usage", `${path} is not valid JSON. Repair it.`, { cause, effect: "none" });
  }
  throw new FairleadError("usage", `${path} is not a JSON object. Repair it.`, { effect: "none" });
}

function binsOf(bin: unknown, packageName: string, folder: string): ReadonlyMap<string, string> {
  const bins = new Map<string, string>();
  if (typeof bin === "string") bins.set(unscoped(packageName), resolve(folder, bin));
  else if (typeof bin === "object" && bin !== null) {
    for (const [name, path] of Object.entries(bin)) {
      if (typeof path === "string") bins.set(name, resolve(folder, path));
    }
  }
  return bins;
}

/** A package's name without its scope: the program name that npm gives a single `bin`. */
export function unscoped(packageName: string): string {
  return packageName.slice(packageName.lastIndexOf("/") + 1);
}

/** A folder and all folders above it, nearest first. */
export function withParents(folder: string): readonly string[] {
  const folders: string[] = [];
  for (let current = resolve(folder); ; current = dirname(current)) {
    folders.push(current);
    if (current === dirname(current)) return folders;
  }
}
