import { chmod } from "node:fs/promises";
import { delimiter } from "node:path";
import {
  binaryPath,
  createTempFolder,
  nodeModuleBinary,
  runCommand,
  type TempFolder,
} from "@fairlead/testkit";

/** Somebody who has just cloned the project: an empty home folder, and our binaries on PATH. */
export interface Newcomer extends AsyncDisposable {
  readonly home: TempFolder;
  readonly env: Readonly<Record<string, string>>;
  /** Runs lines in bash, which stops at the first one that fails. */
  type(script: string): ReturnType<typeof runCommand>;
}

const packages = ["@modelcontextprotocol/server-everything", "@modelcontextprotocol/server-filesystem"];

/** Makes a newcomer. Their `npx` runs the installed packages, so that a test needs no registry. */
export async function createNewcomer(): Promise<Newcomer> {
  const home = await createTempFolder("fl-new-");
  const cases = packages.map((name) => `  ${name}) exec node "${nodeModuleBinary(name)}" "$@" ;;`).join("\n");
  await writeProgram(home, "npx", `shift; name=$1; shift\ncase $name in\n${cases}\nesac\nexit 127`);
  for (const name of ["fairlead", "fairlead-executor"]) {
    await writeProgram(home, name, `exec node "${binaryPath(name)}" "$@"`);
  }
  const env = { PATH: `${home.file("bin")}${delimiter}${process.env["PATH"] ?? ""}`, HOME: home.path };
  return {
    home,
    env,
    type: (script) => runCommand(["bash", "-euc", script], { env, cwd: home.path, timeoutMs: 45_000 }),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

async function writeProgram(home: TempFolder, name: string, body: string): Promise<void> {
  await chmod(await home.write(`bin/${name}`, `#!/bin/sh\n${body}\n`), 0o755);
}
