import { spawnSync } from "node:child_process";
import { chown, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTempFolder } from "@fairlead/testkit";
import { rolldown } from "rolldown";

/** What every Unix calls the user that owns nothing. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const user = isRoot ? { uid: nobody, gid: nobody } : {};

/** Why no program can be run here by a user who is not root; undefined if one can. */
export function withoutRootProblem(): string | undefined {
  if (process.platform === "win32") return "there are no modes of files on Windows";
  const { status, error } = spawnSync(process.execPath, ["-e", ""], { ...user, cwd: "/" });
  return status === 0 ? undefined : `root cannot run Node as another user here (${error?.message ?? status})`;
}

/**
 * Runs a program of this suite in an empty folder, as a user who is not root and owns that folder. It is one file with all
 * that it imports, because that user may not look into wherever this repository lies.
 * @returns what it printed, parsed
 */
export async function runWithoutRoot(fixture: string): Promise<unknown> {
  await using folder = await createTempFolder("fr-");
  const program = folder.file("program/main.mjs");
  await bundleInto(dirname(program), fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url)));
  const work = folder.file("work");
  await mkdir(work);
  if (isRoot) await giveAway([folder.path, work, dirname(program)]);
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [program, work], {
    ...user,
    cwd: work,
    env: { PATH: "/usr/bin:/bin", HOME: work },
    encoding: "utf8",
    timeout: 20_000,
  });
  if (status === 0) return JSON.parse(stdout);
  throw new Error(`${fixture} ended with ${status}: ${error?.message ?? ""}${stderr}`);
}

async function bundleInto(folder: string, input: string): Promise<void> {
  const bundled = await rolldown({
    input: { main: input },
    platform: "node",
    // Loaded only where somebody asks for a terminal or a keyring.
    external: [/^node:/, /node-pty/, /^@napi-rs\/keyring/, /^koffi$/],
  });
  await bundled.write({ dir: folder, format: "esm", entryFileNames: "[name].mjs" });
  await bundled.close();
}

async function giveAway(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    await chown(folder, nobody, nobody);
    for (const name of await readdir(folder)) await chown(join(folder, name), nobody, nobody);
  }
}
