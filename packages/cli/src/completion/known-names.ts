import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What the configuration calls things, and what is remembered of their tools. */
export interface KnownNames {
  readonly servers: readonly KnownServer[];
  readonly executors: readonly string[];
  readonly features: readonly string[];
}

/** Something with tools. */
export interface KnownServer {
  readonly name: string;
  readonly kind: "stdio" | "http" | "connector" | "built-in";
  readonly executor: string;
  readonly isEnabled: boolean;
  /** As they are typed after its name, those that are switched off left out. */
  readonly tools: readonly string[];
}

/** What names are read for. */
export interface NamesQuery {
  readonly home: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file with `mcpServers` that was typed already. */
  readonly mcpConfigFile?: string | undefined;
}

/** What was gathered, and from what. */
export interface GatheredNames {
  readonly names: KnownNames;
  /** What {@link stampOf} said, before it was read, of everything that was looked at, whether it was there or not. */
  readonly stamps: Readonly<Record<string, string>>;
}

interface Entry {
  readonly key: string;
  readonly stamps: Readonly<Record<string, string>>;
  readonly names: KnownNames;
}

/** Folders that are remembered: the configuration may be another one in each. */
const mostEntries = 20;
const version = 1;

/**
 * Reads the names. Reading the configuration takes longer than anybody waits for a completion, so what came of it is kept,
 * and good for as long as every file that it was made of stays as it is.
 * @param gather reads everything anew
 */
export async function readKnownNames(
  query: NamesQuery,
  gather: () => Promise<GatheredNames>,
): Promise<KnownNames> {
  const file = join(query.home, "state", "completion.json");
  const key = keyOf(query);
  const entries = await readEntries(file);
  const known = entries.find((entry) => entry.key === key);
  if (known !== undefined && (await isFresh(known))) return known.names;
  const { names, stamps } = await gather();
  const kept = [{ key, stamps, names }, ...entries.filter((entry) => entry.key !== key)].slice(
    0,
    mostEntries,
  );
  await writeEntries(file, kept);
  return names;
}

/** What else than files the configuration may depend on. */
function keyOf({ cwd, env, mcpConfigFile }: NamesQuery): string {
  const own = Object.entries(env).filter(([name]) => name.startsWith("FAIRLEAD_"));
  return JSON.stringify([
    cwd,
    mcpConfigFile ?? null,
    own.map(([name, value]) => `${name}=${value}`).toSorted((one, other) => (one < other ? -1 : 1)),
  ]);
}

async function isFresh({ stamps }: Entry): Promise<boolean> {
  const same = await Promise.all(
    Object.entries(stamps).map(async ([path, stamp]) => (await stampOf(path)) === stamp),
  );
  return same.every(Boolean);
}

/** Another text whenever a file was changed, made or removed. */
export async function stampOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? "" : `${found.mtimeMs} ${found.size} ${found.ino}`;
}

async function readEntries(file: string): Promise<readonly Entry[]> {
  try {
    const kept = JSON.parse(await readFile(file, "utf8")) as { version?: unknown; entries: readonly Entry[] };
    return kept.version === version ? kept.entries : [];
  } catch {
    // Missing or damaged: it is made anew.
    return [];
  }
}

async function writeEntries(file: string, entries: readonly Entry[]): Promise<void> {
  try {
    await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
    const temporary = `${file}.${process.pid}.tmp`;
    await writeFile(temporary, `${JSON.stringify({ version, entries })}\n`, { mode: 0o600 });
    await rename(temporary, file);
  } catch {
    // A home that cannot be written has slower completion, and nothing else.
  }
}
