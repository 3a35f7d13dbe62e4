import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withEditLock } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { replaceStateFile } from "../runtime/state-file.js";

/** What a person said about a file. */
export type TrustDecision = "trusted" | "refused";

/** What people said about the files of projects. What was said holds for the very text that they saw. */
export interface TrustStore {
  /** Undefined where nobody was asked yet; `changed`: the file is another one since. */
  decisionOf(file: string, text: string): Promise<TrustDecision | "changed" | undefined>;
  /** Remembers a decision, instead of an earlier one about that file. */
  decide(file: string, text: string, decision: TrustDecision): Promise<void>;
  /** Forgets what was said about these files. @returns those about which something was said */
  forget(isMeant: (file: string) => boolean): Promise<readonly string[]>;
}

interface Remembered {
  readonly sha256: string;
  readonly decision: TrustDecision;
  /** ISO 8601, for people who look into the file. */
  readonly at: string;
}

type Decisions = ReadonlyMap<string, Remembered>;

/** The file of a home folder that {@link createTrustStore} keeps its decisions in. */
export function trustFilePath(home: string): string {
  return join(home, "state", "trust.json");
}

/**
 * Keeps decisions in `state/trust.json` of the home folder. They are kept by the place where a file was found and not where
 * a link leads, because what is written in it means something else at another place.
 */
export function createTrustStore(home: string): TrustStore {
  const path = trustFilePath(home);
  const change = async <T>(edit: (known: Map<string, Remembered>) => T): Promise<T> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // Others may decide too: what they wrote between reading and writing would be undone.
    return await withEditLock(path, async () => {
      const known = new Map(await read(path));
      const result = edit(known);
      await write(path, known);
      return result;
    });
  };
  return {
    async decisionOf(file, text) {
      const known = (await read(path)).get(file);
      if (known === undefined) return undefined;
      return known.sha256 === hashOf(text) ? known.decision : "changed";
    },
    decide: (file, text, decision) =>
      change((known) => {
        known.set(file, { sha256: hashOf(text), decision, at: new Date().toISOString() });
      }),
    forget: (isMeant) =>
      change((known) => {
        const meant = [...known.keys()].filter(isMeant);
        for (const file of meant) known.delete(file);
        return meant;
      }),
  };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function read(path: string): Promise<Decisions> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return new Map();
    throw cause;
  }
  const decisions = parse(text);
  if (decisions !== undefined) return decisions;
  throw new FairleadError("usage", `${path} is damaged: mend or remove it`, {
    reason: "config_invalid",
    effect: "none",
    details: { file: path },
  });
}

function parse(text: string): Decisions | undefined {
  try {
    const stored = JSON.parse(text) as { readonly version?: unknown; readonly files?: unknown } | null;
    if (stored?.version !== 1 || typeof stored.files !== "object" || stored.files === null) return undefined;
    const files = Object.entries(stored.files).filter((entry): entry is [string, Remembered] =>
      isRemembered(entry[1]),
    );
    return new Map(files);
  } catch {
    return undefined;
  }
}

function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== "object" || value === null || !("sha256" in value) || !("decision" in value))
    return false;
  return typeof value.sha256 === "string" && (value.decision === "trusted" || value.decision === "refused");
}

async function write(path: string, decisions: Decisions): Promise<void> {
  const content = { version: 1, files: Object.fromEntries(decisions) };
  await replaceStateFile(path, `${JSON.stringify(content, undefined, 2)}\n`);
}
