import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { canCountProcesses, processesWithMarker } from "@fairlead/testkit";

/** Every file below a folder, by its path in there. */
export async function filesBelow(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = files.map(async (file) => [relative(folder, file), await readFile(file, "latin1")] as const);
  return Object.fromEntries(await Promise.all(texts)) as Record<string, string>;
}

/** What anybody on the machine may see of our processes. */
export async function visibleProcesses(marker: string): Promise<Record<string, string>> {
  if (!canCountProcesses()) return {};
  const texts = processesWithMarker(marker).flatMap(({ pid }) =>
    ["cmdline", "environ"].map(
      async (name) =>
        [`${pid} ${name}`, await readFile(`/proc/${pid}/${name}`, "latin1").catch(() => "")] as const,
    ),
  );
  return Object.fromEntries(await Promise.all(texts)) as Record<string, string>;
}
