import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StdioServerEntry } from "@fairlead/config";
import { createTempFolder, type TempFolder } from "@fairlead/testkit";

/** A server whose tools may need approval, and what it really did. */
export interface GuardedServer extends AsyncDisposable {
  readonly entry: StdioServerEntry;
  /** The calls that reached it, `name arguments`. */
  done(): Promise<readonly string[]>;
  readonly folder: TempFolder;
}

/** Makes the entry of one. @param settings what configuration says about it */
export async function guardedServer(
  settings: Partial<StdioServerEntry> = {},
  ...flags: readonly string[]
): Promise<GuardedServer> {
  const folder = await createTempFolder();
  const file = join(folder.path, "calls.txt");
  const program = fileURLToPath(new URL("../fixtures/guarded-server.mjs", import.meta.url));
  return {
    entry: { command: process.execPath, args: [program, file, ...flags], ...settings },
    folder,
    done: async () => {
      const text = await readFile(file, "utf8").catch(() => "");
      return text.split("\n").filter((line) => line !== "");
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
