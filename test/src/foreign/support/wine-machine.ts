import { existsSync, readdirSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { settlesWithinMs } from "@fairlead/core";
import { type CommandResult, runCommand, waitUntilGone, workspaceRoot } from "@fairlead/testkit";
import { outputOf } from "../../servers/support/output-of.js";
import type { WineParts } from "./find-wine.js";
import { runWineServer, startWineProgram, type WineProgram } from "./wine-program.js";

/** How a program is run on a Wine machine. */
export interface WineRunOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** A Windows path. @default `C:\fairlead` */
  readonly cwd?: string | undefined;
}

/** A Windows machine of its own: a Wine prefix with our programs in it. Disposing ends everything that runs there. */
export interface WineMachine extends AsyncDisposable {
  readonly prefix: string;
  /** Where Linux sees `C:\…`. */
  locate(windowsPath: string): string;
  /** Makes a folder that is nobody else's: Wine shows the mode of Linux as an access list. @returns its Windows path */
  makeFolder(windowsPath: string): Promise<string>;
  /** Starts one of our programs, which goes on. */
  start(program: OwnProgram, args: readonly string[], options?: WineRunOptions): WineProgram;
  /** Runs one of our programs to its end. */
  run(program: OwnProgram, args: readonly string[], options?: WineRunOptions): Promise<CommandResult>;
  /** How Linux starts one of our programs, for clients that do it themselves, through pipes. */
  command(program: OwnProgram, args: readonly string[]): WineCommand;
}

/** A Windows program as Linux starts it. */
export interface WineCommand {
  readonly argv: readonly [string, ...string[]];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Our programs. */
export type OwnProgram = "fairlead" | "fairlead-executor";

/** Where everything of ours lies there. */
export const ownFolder = "C:\\fairlead";

/** A cold start of Wine and Node on a machine with other work takes some seconds. */
const runLimitMs = 120_000;
const endLimitMs = 20_000;

/** A registry with several names is written in place, so into the template's. */
const registry = ["system.reg", "user.reg", "userdef.reg", ".update-timestamp"];

/** Makes a machine: a copy of the template with the programs as they are built now. */
export async function openWineMachine({ template, modules }: WineParts): Promise<WineMachine> {
  // A soak gives each of its runs a folder, so that it sees what a run left behind.
  const runs = process.env["FAIRLEAD_WINE_RUNS"] ?? join(dirname(template), "runs");
  await mkdir(runs, { recursive: true });
  const folder = await mkdtemp(join(runs, "w-"));
  const prefix = join(folder, "prefix");
  outputOf(await runCommand(["cp", "-al", template, prefix]));
  for (const name of registry) {
    const path = join(prefix, name);
    const content = await readFile(path);
    await rm(path);
    await writeFile(path, content);
  }
  await installPrograms(prefix, modules);
  await mkdir(join(folder, "home"));
  const env = wineEnvironment(prefix, join(folder, "home"));
  // It stays between two programs: each would otherwise wait for a start of its own.
  await runWineServer(["-p600"], { env, cwd: prefix });

  const locate = (path: string): string => {
    const match = /^C:\\(.*)$/i.exec(path);
    if (match === null) throw new Error(`${path} is not on drive C:`);
    return (match[1] ?? "").split("\\").reduce(findEntry, join(prefix, "drive_c"));
  };
  const command: WineMachine["command"] = (program, args) => {
    const node = ["C:\\nodejs\\node.exe", "--require", `${ownFolder}\\preload.cjs`];
    return { argv: ["wine", ...node, `${ownFolder}\\app\\bin\\${program}.js`, ...args], env };
  };
  const start: WineMachine["start"] = (program, args, options = {}) =>
    startWineProgram(command(program, args).argv, {
      env: { ...env, ...options.env },
      cwd: locate(options.cwd ?? ownFolder),
    });
  return {
    prefix,
    locate,
    start,
    command,
    makeFolder: async (path) => {
      await mkdir(locate(path), { recursive: true, mode: 0o700 });
      return path;
    },
    run: async (program, args, options) => {
      const startedAtMs = performance.now();
      const running = start(program, args, options);
      if (!(await settlesWithinMs(running.exited, runLimitMs))) {
        running.kill("SIGKILL");
        await running.exited;
        throw new Error(`${program} ${args.join(" ")} did not end: ${running.stdout()}\n${running.stderr()}`);
      }
      const exit = await running.exited;
      const durationMs = performance.now() - startedAtMs;
      return { ...exit, stdout: running.stdout(), stderr: running.stderr(), durationMs };
    },
    [Symbol.asyncDispose]: async () => {
      await runWineServer(["-k"], { env, cwd: prefix });
      await runWineServer(["-w"], { env, cwd: prefix });
      try {
        await waitUntilGone(prefix, { withinMs: endLimitMs });
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    },
  };
}

/** What a name means in a folder, whatever its case. */
function findEntry(folder: string, name: string): string {
  const entries = existsSync(folder) ? readdirSync(folder) : [];
  return join(folder, entries.find((entry) => entry.toLowerCase() === name.toLowerCase()) ?? name);
}

/** As npm lays them out: what is built now, beside what it depends on. */
async function installPrograms(prefix: string, modules: string): Promise<void> {
  const app = join(prefix, "drive_c", "fairlead", "app");
  const built = join(workspaceRoot(), "packages", "cli");
  for (const part of ["package.json", "bin", join("dist", "bundle")]) {
    await cp(join(built, part), join(app, part), { recursive: true });
  }
  await symlink(modules, join(app, "node_modules"));
}

function wineEnvironment(prefix: string, home: string): Readonly<Record<string, string>> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    // Names of files are bytes to Linux; Wine must know that they are UTF-8.
    LC_ALL: "C.UTF-8",
    WINEPREFIX: prefix,
    WINEARCH: "win64",
    WINEDEBUG: "-all",
    WINEDLLOVERRIDES: "mscoree=;mshtml=;winemenubuilder.exe=",
    WINEPATH: "C:\\nodejs",
  };
}
