import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createCatalogueFiles } from "./catalogue-store.js";

/** The folder in which lists of servers are kept. */
export function catalogueFolder(home: string): string {
  return join(home, "state", "catalogue");
}

/** How many tools a server had when it was asked last. */
export interface SeenTools {
  readonly tools: number;
  /** ISO 8601. */
  readonly seenAt: string;
}

/**
 * Keeps the names of a server's tools beside what hosts keep, for completion and `list`. Agents are never shown them: what a
 * server has for the command line may not be what it has for an agent.
 */
export async function keepToolNames(
  home: string,
  server: string,
  rawNames: readonly string[],
): Promise<void> {
  // Nothing depends on it: a home that cannot be written has no completion of tools, and no command suffers.
  const store = createCatalogueFiles({ home, warn: () => {} });
  const lists = { "tools/list": rawNames.map((name) => JSON.stringify({ name })) };
  const savedAt = new Date().toISOString();
  await store.write(`${server}.command-line`, { version: 1, savedAt, capabilities: {}, lists });
}

/** The raw names of a server's tools as they were seen last, by an agent or on the command line. Starts nothing. */
export async function recallToolNames(home: string, server: string): Promise<readonly string[]> {
  const newest = await newestTools(home, server, namesIn);
  return newest?.found ?? [];
}

/** How many tools a server was seen to have last; undefined if nobody asked it yet, or it said that it has no list of them. */
export async function recallToolCount(home: string, server: string): Promise<SeenTools | undefined> {
  const newest = await newestTools(home, server, (tools) => tools.length);
  return newest && { tools: newest.found, seenAt: new Date(newest.mtimeMs).toISOString() };
}

/** Takes something from the newest list of a server's tools. */
async function newestTools<T>(
  home: string,
  server: string,
  take: (rawTools: readonly string[]) => T,
): Promise<{ readonly found: T; readonly mtimeMs: number } | undefined> {
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
  for (const { file, mtimeMs } of files.toSorted((one, other) => other.mtimeMs - one.mtimeMs)) {
    try {
      const { lists } = JSON.parse(await readFile(file, "utf8")) as Kept;
      const tools = lists?.["tools/list"];
      if (Array.isArray(tools)) return { found: take(tools), mtimeMs };
    } catch {
      // Damaged, gone, or of another version: another file may do.
    }
  }
  return undefined;
}

interface Kept {
  readonly lists?: Readonly<Record<string, readonly string[]>>;
}

function namesIn(rawTools: readonly string[]): readonly string[] {
  return rawTools.flatMap((raw) => {
    const { name } = JSON.parse(raw) as { readonly name?: unknown };
    return typeof name === "string" ? [name] : [];
  });
}
