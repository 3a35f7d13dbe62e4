import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, win32 } from "node:path";
import { FairleadError } from "@fairlead/core";
import { startPatiently } from "../../processes/start-patiently.js";
import { loadUserEnvironment, type UserEnvironment } from "../../windows/user-environment.js";
import type { EnvironmentValues } from "../build-environment.js";
import { mergePaths } from "../merge-paths.js";
import { expandVariables, parseRegistryExport, type RegistryText } from "./parse-registry-export.js";

/** How long one look into the registry may take, in milliseconds. */
const patienceMs = 5_000;

const machineKey = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment";
const userKey = "HKCU\\Environment";

/**
 * The PATH that a new process of this user gets: the machine's folders, then the user's, with their variables replaced, also by
 * what has come to be set since this process began. Windows itself is asked; without koffi the registry is, by exports, because
 * what `reg query` prints is in the characters of the console, which lacks most.
 * @throws FairleadError `unavailable` where neither can be read
 */
export async function readRegistryPath(env: EnvironmentValues): Promise<string> {
  const told = (await loadUserEnvironment())?.();
  const path = told === undefined ? "" : pathOfUser(told);
  return path === "" ? exportPath(env) : path;
}

/** The PATH of what Windows tells. Wine leaves the user's own part out. Exported for tests on any system. */
export function pathOfUser({ values, userPath = "" }: UserEnvironment): string {
  const path = Object.entries(values).find(([name]) => name.toUpperCase() === "PATH")?.[1] ?? "";
  return mergePaths(tidy(path), tidy(expandVariables(userPath, values)), "windows");
}

/**
 * The PATH that two keys of the registry make, the machine's and the user's. A variable in it means what it will mean to a
 * new process: what this process has, then what the machine sets, then the user. Exported for tests on any system.
 */
export function joinRegistryPaths(
  keys: readonly (readonly RegistryText[])[],
  env: EnvironmentValues,
): string {
  const known = new Map(Object.entries(env).map(([name, value]) => [name.toUpperCase(), value]));
  const expand = ({ text, isExpandable }: RegistryText): string =>
    isExpandable ? expandVariables(text, Object.fromEntries(known)) : text;
  const paths = keys.map((values, at) => {
    const isMachine = at === 0;
    const others = values.filter(({ name }) => !isPath(name) && !(isMachine && isUserName(name)));
    // Those that stand for themselves first, as Windows does it: the order within a key says nothing.
    const plainFirst = others.toSorted((a, b) => Number(a.isExpandable) - Number(b.isExpandable));
    for (const value of plainFirst) known.set(value.name.toUpperCase(), expand(value));
    return values.filter(({ name }) => isPath(name)).map((value) => expand(value));
  });
  return tidy(paths.flat().join(";"));
}

function isPath(name: string): boolean {
  return name.toUpperCase() === "PATH";
}

/** The machine has that of the system there, and Windows gives every process its user's instead. */
function isUserName(name: string): boolean {
  return name.toUpperCase() === "USERNAME";
}

/** Without gaps. */
function tidy(path: string): string {
  return path
    .split(";")
    .map((folder) => folder.trim())
    .filter((folder) => folder !== "")
    .join(";");
}

async function exportPath(env: EnvironmentValues): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fairlead-"));
  try {
    const machine = readKey(machineKey, join(folder, "machine.reg"), env);
    const user = readKey(userKey, join(folder, "user.reg"), env);
    const found = await Promise.allSettled([machine, user]);
    const keys = found.map((each) => (each.status === "fulfilled" ? each.value : []));
    const path = joinRegistryPaths(keys, env);
    if (path !== "") return path;
    throw new FairleadError("unavailable", "The registry holds no Path that can be read", {
      cause: found.find((each) => each.status === "rejected")?.reason,
      effect: "none",
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readKey(key: string, file: string, env: EnvironmentValues): Promise<readonly RegistryText[]> {
  const root = env["SystemRoot"] ?? env["SYSTEMROOT"] ?? "C:\\Windows";
  const program = win32.join(root, "System32", "reg.exe");
  const options = { timeout: patienceMs, windowsHide: true };
  const exportKey = (): Promise<void> =>
    new Promise((resolve, reject) => {
      execFile(program, ["export", key, file, "/y"], options, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  await startPatiently(exportKey);
  return parseRegistryExport(await readFile(file));
}
