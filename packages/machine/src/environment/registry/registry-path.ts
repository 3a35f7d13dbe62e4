import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, win32 } from "node:path";
import { FairleadError } from "@fairlead/core";
import type { EnvironmentValues } from "../build-environment.js";
import { expandVariables, parseRegistryExport } from "./parse-registry-export.js";

/** How long one look into the registry may take, in milliseconds. */
const patienceMs = 5_000;

const machineKey = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment";
const userKey = "HKCU\\Environment";

/**
 * The PATH that a new process of this user gets: the machine's folders, then the user's, with their variables replaced. Read
 * from an export, because what `reg query` prints is in the characters of the console, which lacks most.
 * @throws FairleadError `unavailable` where neither can be read
 */
export async function readRegistryPath(env: EnvironmentValues): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fairlead-"));
  try {
    const machine = readValue(machineKey, join(folder, "machine.reg"), env);
    const user = readValue(userKey, join(folder, "user.reg"), env);
    const found = await Promise.allSettled([machine, user]);
    const paths = found.flatMap((each) => (each.status === "fulfilled" ? [each.value ?? ""] : []));
    const path = joinRegistryPaths(paths, env);
    if (path !== "") return path;
    throw new FairleadError("unavailable", "The registry holds no Path that can be read", {
      cause: found.find((each) => each.status === "rejected")?.reason,
      effect: "none",
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Joins the values of the registry in their order, without empty folders. Exported for tests on any system. */
export function joinRegistryPaths(paths: readonly string[], env: EnvironmentValues): string {
  return paths
    .flatMap((path) => expandVariables(path, env).split(";"))
    .map((folder) => folder.trim())
    .filter((folder) => folder !== "")
    .join(";");
}

async function readValue(key: string, file: string, env: EnvironmentValues): Promise<string | undefined> {
  const root = env["SystemRoot"] ?? env["SYSTEMROOT"] ?? "C:\\Windows";
  await new Promise<void>((resolve, reject) => {
    const options = { timeout: patienceMs, windowsHide: true };
    execFile(win32.join(root, "System32", "reg.exe"), ["export", key, file, "/y"], options, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  return parseRegistryExport(await readFile(file), "Path");
}
