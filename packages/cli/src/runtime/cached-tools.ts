import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { catalogueVersion } from "@fairlead/host";
import { createCatalogueFiles } from "./catalogue-store.js";

/** The folder in which lists of servers are kept. */
export function catalogueFolder(home: string): string {
  return join(home, "state", "catalogue");
}

/**
 * Keeps the names of a server's tools beside what hosts keep, for completion. Agents are never shown them: what a server
 * has for the command line may not be what it has for an agent.
 */
export async function keepToolNames(
  home: string,
  server: string,
  rawNames: readonly string[],
): Promise<void> {
  const key = `${server}.command-line`;
  // Nothing depends on it: a home that cannot be written has no completion of tools, and no command suffers.
  const store = createCatalogueFiles({ home, warn: () => {} });
  const lists = { "tools/list": rawNames.map((name) => JSON.stringify({ name })) };
  if (JSON.stringify((await store.read(key))?.lists) === JSON.stringify(lists)) return;
  const savedAt = new Date().toISOString();
  await store.write(key, { version: catalogueVersion, savedAt, capabilities: {}, lists });
}

/** The raw names of a server's tools as they were seen last, by an agent or on the command line. Starts nothing. */
export async function recallToolNames(home: string, server: string): Promise<readonly string[]> {
  const folder = catalogueFolder(home);
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names
      .filter((name) => name.startsWith(`${server}.`) && name.endsWith(".json"))
      .map(async (name) => {
        const file = join(folder, name);
        const { mtimeMs = 0 } = (await stat(file).catch(() => undefined)) ?? {};
        return { file, mtimeMs };
      }),
  );
  for (const { file } of files.toSorted((one, other) => other.mtimeMs - one.mtimeMs)) {
    const tools = namesIn(await readFile(file, "utf8").catch(() => ""));
    if (tools !== undefined) return tools;
  }
  return [];
}

/** @returns undefined where it holds no list of tools */
function namesIn(text: string): readonly string[] | undefined {
  try {
    const { lists } = JSON.parse(text) as { readonly lists?: Readonly<Record<string, readonly string[]>> };
    return lists?.["tools/list"]?.flatMap((raw) => {
      const { name } = JSON.parse(raw) as { readonly name?: unknown };
      return typeof name === "string" ? [name] : [];
    });
  } catch {
    // Damaged, or of another version: another file may do.
    return undefined;
  }
}
