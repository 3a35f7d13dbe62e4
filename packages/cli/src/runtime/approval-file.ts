import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FairleadError, isJsonObject } from "@fairlead/core";
import type { ApprovalStore } from "@fairlead/host";
import { replaceStateFile } from "./state-file.js";

/** Raw tool names by executor, then by server. */
type Approvals = Record<string, Record<string, string[]>>;

/** Files of the first version did not say on which machine something was allowed, so what they allow is asked again. */
const version = 2;

/**
 * Keeps what was always allowed in a file of the home folder, `state/approvals.json`, which a person may read and edit. It is
 * read at each question, so that taking something out counts at once.
 */
export function createApprovalFile(home: string): ApprovalStore {
  const file = join(home, "state", "approvals.json");
  let writing: Promise<unknown> = Promise.resolve();
  return {
    async isAlways({ server, executor, tool }) {
      return (await read(file))[executor]?.[server]?.includes(tool) ?? false;
    },
    setAlways({ server, executor, tool }) {
      const written = writing.then(async () => {
        const known = await read(file);
        const there = known[executor];
        const tools = new Set([...(there?.[server] ?? []), tool]);
        await write(file, { ...known, [executor]: { ...there, [server]: [...tools] } });
      });
      writing = written.catch(() => {});
      return written;
    },
  };
}

async function read(file: string): Promise<Approvals> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return {};
    throw cause;
  }
  const always = parse(text);
  if (always !== undefined) return always;
  throw new FairleadError("usage", `${file} is damaged: mend or remove it`, { reason: "config_invalid" });
}

function parse(text: string): Approvals | undefined {
  try {
    const stored: unknown = JSON.parse(text);
    if (!isJsonObject(stored) || !isJsonObject(stored["always"])) return undefined;
    if (stored["version"] === 1) return {};
    const executors = Object.entries(stored["always"]).map(([executor, servers]) => {
      return [executor, isJsonObject(servers) ? toServers(servers) : undefined] as const;
    });
    if (executors.some(([, servers]) => servers === undefined)) return undefined;
    return bare(executors) as Approvals;
  } catch {
    return undefined;
  }
}

function toServers(servers: Record<string, unknown>): Record<string, string[]> | undefined {
  const isSound = Object.values(servers).every(
    (tools) => Array.isArray(tools) && tools.every((tool) => typeof tool === "string"),
  );
  return isSound ? (bare(Object.entries(servers)) as Record<string, string[]>) : undefined;
}

/** Without a prototype, so that no name finds anything but what was written. */
function bare(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.assign(Object.create(null), Object.fromEntries(entries)) as Record<string, unknown>;
}

async function write(file: string, always: Approvals): Promise<void> {
  await replaceStateFile(file, `${JSON.stringify({ version, always }, undefined, 2)}\n`);
}
