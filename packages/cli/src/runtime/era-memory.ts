import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerConfig } from "@fairlead/config";
import type { EraMemory } from "@fairlead/host";
import { replaceStateFile } from "./state-file.js";

type Era = NonNullable<ReturnType<EraMemory["recall"]>>;

interface Verdict {
  readonly era: Era;
  /** ISO 8601. */
  readonly at: string;
}

/** Which era each server was found to speak, kept between commands in a file of the home folder. */
export interface EraStore {
  memoryOf(server: ServerConfig): EraMemory;
  /** Settles once everything that was noted is on disk, or could not be written. Never rejects. */
  flushed(): Promise<void>;
}

/** Where an era store keeps its file, and what it tells. */
export interface EraStoreOptions {
  readonly home: string;
  /** Told that the file cannot be used; it is then made anew. */
  readonly warn: (text: string) => void;
  /** Milliseconds since 1970. @default the clock of this machine */
  readonly now?: (() => number) | undefined;
}

/** A server that is updated to another era is asked again after this time at the latest, in milliseconds. */
const maxAgeMs = 30 * 24 * 3_600_000;

/** Makes a store; the file is read when it is first needed. */
export function createEraStore({ home, warn, now = Date.now }: EraStoreOptions): EraStore {
  const file = join(home, "state", "eras.json");
  const read = (): Map<string, Verdict> => readVerdicts(file, { now, warn });
  let known: Map<string, Verdict> | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async (noted: ReadonlyMap<string, Verdict>): Promise<void> => {
    // Other commands may have noted something meanwhile.
    const merged = new Map([...read(), ...noted]);
    try {
      await replaceStateFile(file, `${JSON.stringify({ version: 1, eras: Object.fromEntries(merged) })}\n`);
    } catch (cause) {
      warn(`${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  };

  return {
    memoryOf(server) {
      const key = keyOf(server);
      return {
        recall: () => (known ??= read()).get(key)?.era,
        note: (era) => {
          const verdict: Verdict = { era, at: new Date(now()).toISOString() };
          known ??= read();
          known.set(key, verdict);
          writing = writing.then(() => write(new Map([[key, verdict]])));
        },
      };
    },
    flushed: () => writing,
  };
}

/** What makes a server the same one, hashed: an address or an argument may hold a secret. */
function keyOf(server: ServerConfig): string {
  const identity =
    server.transport === "http"
      ? ["http", server.url, server.executor]
      : ["stdio", server.command, ...server.args, server.executor];
  return createHash("sha256").update(JSON.stringify(identity)).digest("base64url").slice(0, 22);
}

function readVerdicts(
  file: string,
  { now, warn }: { readonly now: () => number; readonly warn: EraStoreOptions["warn"] },
): Map<string, Verdict> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (!isMissing) warn(`${file} cannot be read and is ignored`);
    return new Map();
  }
  try {
    const { eras } = JSON.parse(text) as { eras?: unknown };
    if (typeof eras !== "object" || eras === null) throw new Error("no eras");
    const verdicts = Object.entries(eras).filter((entry): entry is [string, Verdict] => isVerdict(entry[1]));
    return new Map(verdicts.filter(([, { at }]) => Math.abs(now() - Date.parse(at)) <= maxAgeMs));
  } catch {
    warn(`${file} is damaged and is ignored`);
    return new Map();
  }
}

function isVerdict(value: unknown): value is Verdict {
  if (typeof value !== "object" || value === null || !("era" in value) || !("at" in value)) return false;
  return (value.era === "legacy" || value.era === "modern") && typeof value.at === "string";
}
