import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createId, FairleadError } from "@fairlead/core";
import type { ApprovalStore } from "@fairlead/host";

/** Raw tool names by server. */
type Approvals = Record<string, string[]>;

/**
 * Keeps what was always allowed in a file of the home folder, `state/approvals.json`, which a person may read and edit. It is
 * read at each question, so that taking something out counts at once.
 */
export function createApprovalFile(home: string): ApprovalStore {
  const file = join(home, "state", "approvals.json");
  let writing: Promise<unknown> = Promise.resolve();
  return {
    async isAlways(server, tool) {
      return (await read(file))[server]?.includes(tool) ?? false;
    },
    setAlways(server, tool) {
      const written = writing.then(async () => {
        const known = await read(file);
        const tools = new Set([...(known[server] ?? []), tool]);
        await write(file, { ...known, [server]: [...tools] });
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
    const { always } = JSON.parse(text) as { readonly always?: unknown };
    if (typeof always !== "object" || always === null) return undefined;
    const isSound = Object.values(always).every(
      (tools) => Array.isArray(tools) && tools.every((tool) => typeof tool === "string"),
    );
    // Without a prototype, so that no server's name finds anything but what was written.
    return isSound ? (Object.assign(Object.create(null), always) as Approvals) : undefined;
  } catch {
    return undefined;
  }
}

async function write(file: string, always: Approvals): Promise<void> {
  const temporary = `${file}.${createId("tmp")}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(temporary, `${JSON.stringify({ version: 1, always }, undefined, 2)}\n`, { mode: 0o600 });
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw cause;
  }
}
