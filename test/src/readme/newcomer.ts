import { chmod } from "node:fs/promises";
import { delimiter, join } from "node:path";
import {
  binaryPath,
  createTempFolder,
  nodeModuleBinary,
  runCommand,
  type TempFolder,
  workspaceRoot,
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
  const newcomer = await createUser();
  for (const name of ["fairlead", "fairlead-executor"]) {
    await writeProgram(newcomer.home, name, `exec node "${binaryPath(name)}" "$@"`);
  }
  return newcomer;
}

/**
 * Makes the same person's account on a devbox that has nothing but Node and npm, which the newcomer reaches as `devbox`: their
 * `ssh` runs commands in its home folder, and `scp` copies to and from there. A tunnel is nothing to do, because both machines
 * are this one. The devbox's `npm` unpacks the package and takes its dependencies from the checkout.
 */
export async function createDevbox(newcomer: Newcomer): Promise<Newcomer> {
  const devbox = await createUser();
  const installed = devbox.home.file("lib/fairlead");
  const start = (name: string): string => `'#!/bin/sh' 'exec node "${installed}/bin/${name}.js" "$@"'`;
  const place = (name: string): string =>
    `printf '%s\\n' ${start(name)} > "$HOME/bin/${name}" && chmod +x "$HOME/bin/${name}"`;
  const unpack = `[ "$1 $2" = "install --global" ] && mkdir -p "${installed}" && tar -xzf "$3" -C "${installed}" --strip-components=1`;
  const dependencies = join(workspaceRoot(), "packages", "cli", "node_modules");
  const link = `ln -s "${dependencies}" "${installed}/node_modules"`;
  const install = [unpack, link, place("fairlead"), place("fairlead-executor")];
  await writeProgram(devbox.home, "npm", install.join(" &&\n"));

  const there = `cd "${devbox.home.path}" && exec env HOME="${devbox.home.path}" PATH="${devbox.env["PATH"]}"`;
  await writeProgram(
    newcomer.home,
    "ssh",
    `case $1 in -fN) exit 0 ;; devbox) shift ;; *) exit 255 ;; esac\n${there} sh -c "$*"`,
  );
  const rename = `case $name in devbox:*) name="${devbox.home.path}/\${name#devbox:}" ;; esac`;
  await writeProgram(
    newcomer.home,
    "scp",
    `for name do\n${rename}\nset -- "$@" "$name"; shift\ndone\nexec cp "$@"`,
  );
  return devbox;
}

async function createUser(): Promise<Newcomer> {
  const home = await createTempFolder("fl-new-");
  const cases = packages.map((name) => `  ${name}) exec node "${nodeModuleBinary(name)}" "$@" ;;`).join("\n");
  await writeProgram(home, "npx", `shift; name=$1; shift\ncase $name in\n${cases}\nesac\nexit 127`);
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
