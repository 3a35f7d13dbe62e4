import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { projectFolders } from "../project/find-project-files.js";
import type { TypedFlags } from "./complete-words.js";

/** What the configuration calls things, and what is remembered of their tools. */
export interface KnownNames {
  readonly servers: readonly KnownServer[];
  readonly executors: readonly string[];
  readonly features: readonly string[];
  readonly profiles: readonly string[];
}

/** Something with tools. */
export interface KnownServer {
  readonly name: string;
  readonly kind: "stdio" | "http" | "connector" | "built-in";
  readonly executor: string;
  readonly isEnabled: boolean;
  /** Whether it stands in the user's own file, the only one that commands change. */
  readonly isOwn: boolean;
  /** As they are typed after its name, those that are switched off left out. */
  readonly tools: readonly string[];
}

/** What names are read for. */
export interface NamesQuery {
  readonly home: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Those that were typed already. @default none */
  readonly flags?: TypedFlags | undefined;
  /** @default that of the system */
  readonly userFolder?: string | undefined;
}

/** What was gathered, and from what. */
export interface GatheredNames {
  readonly names: KnownNames;
  /** What {@link stampOf} said, before it was read, of everything that was looked at, whether it was there or not. */
  readonly stamps: Readonly<Record<string, string>>;
  /** What {@link stateOf} says of every variable that files ask for. */
  readonly variables: Readonly<Record<string, string>>;
}

interface Entry extends GatheredNames {
  /** Of {@link keyOf}: a digest, because what it is made of is nobody's to read here. */
  readonly key: string;
}

/** Folders that are remembered: the configuration may be another one in each. */
const mostEntries = 20;
/** Older ones held values of variables, or no profiles: their entries are not taken over, so the next write drops them. */
const version = 4;

/**
 * Reads the names. Reading the configuration takes longer than anybody waits for a completion, so what came of it is kept,
 * and good for as long as every file that it was made of stays as it is.
 * @param gather reads everything anew
 */
export async function readKnownNames(
  query: NamesQuery,
  gather: () => Promise<GatheredNames>,
): Promise<KnownNames> {
  // What is typed for one command is nobody's to keep: it may be a secret.
  if (query.flags?.config !== undefined) return (await gather()).names;
  const file = join(query.home, "state", "completion.json");
  const key = await keyOf(query);
  const entries = await readEntries(file);
  const known = entries.find((entry) => entry.key === key);
  if (known !== undefined && (await isFresh(known, query))) return known.names;
  const gathered = await gather();
  const kept = [{ key, ...gathered }, ...entries.filter((entry) => entry.key !== key)].slice(0, mostEntries);
  await writeEntries(file, kept);
  return gathered.names;
}

/** A digest of what else than what is in files the configuration may depend on. */
async function keyOf({ home, cwd, env, flags = {}, userFolder = homedir() }: NamesQuery): Promise<string> {
  const own = Object.entries(env).filter(([name]) => name.startsWith("FAIRLEAD_") && !isOwnName(name));
  const parts = JSON.stringify([
    cwd,
    // Up to where files of the project are looked for: a repository that is made later ends there.
    (await projectFolders(cwd, { home, userFolder })).at(-1) ?? null,
    [flags.mcpConfig ?? null, flags.profile ?? null, flags.enable ?? [], flags.disable ?? []],
    own.map(([name, value]) => `${name}=${value}`).toSorted((one, other) => (one < other ? -1 : 1)),
  ]);
  return createHash("sha256").update(parts).digest("hex");
}

/**
 * Our tokens, and the mark of a process tree: no name depends on them, and not even a digest of them is kept. Like what
 * @fairlead/machine keeps from children, which would take too long to load.
 */
function isOwnName(name: string): boolean {
  return name === "FAIRLEAD_TREE" || /^FAIRLEAD_(?:.*_)?TOKEN$/.test(name);
}

async function isFresh({ stamps, variables }: Entry, { env }: NamesQuery): Promise<boolean> {
  if (Object.entries(variables).some(([name, state]) => stateOf(env, name) !== state)) return false;
  const same = await Promise.all(
    Object.entries(stamps).map(async ([path, stamp]) => (await stampOf(path)) === stamp),
  );
  return same.every(Boolean);
}

/** Whether a variable is there, and never what is in it. */
export function stateOf(env: NamesQuery["env"], name: string): "unset" | "empty" | "set" {
  const value = env[name];
  if (value === undefined) return "unset";
  return value === "" ? "empty" : "set";
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
    // Rarely needed, so that completion loads less.
    const { replaceStateFile } = await import("../runtime/state-file.js");
    await replaceStateFile(file, `${JSON.stringify({ version, entries })}\n`);
  } catch {
    // A home that cannot be written has slower completion, and nothing else.
  }
}
