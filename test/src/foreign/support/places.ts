import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Column, Place } from "./column.js";

/** A folder name with everything that a careless path breaks at. */
export const awkwardName = "Ordner für Übungen, 50% fertig #1";

/** A script of these suites. */
export function fixture(name: string): string {
  // The built tests lie elsewhere than their fixtures.
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** Something in a folder of the machine where servers run. */
export function inFolder({ convention }: Column, { spelled, seen }: Place, name: string): Place {
  return { spelled: `${spelled}${convention === "windows" ? "\\" : "/"}${name}`, seen: join(seen, name) };
}

/** A script such as package managers write. @param line program and first arguments that it starts */
export async function writeWrapper(
  { convention }: Column,
  { seen }: Place,
  { name, line }: { readonly name: string; readonly line: readonly string[] },
): Promise<void> {
  const quoted = line.map((word) => `"${word}"`).join(" ");
  if (convention === "windows") await writeFile(join(seen, `${name}.cmd`), `@echo off\r\n${quoted} %*\r\n`);
  else {
    const path = join(seen, name);
    await writeFile(path, `#!/bin/sh\nexec ${quoted} "$@"\n`);
    await chmod(path, 0o755);
  }
}
