import { delimiter, dirname, join } from "node:path";
import {
  type CommandResult,
  createTempFolder,
  runCommand,
  type TempFolder,
  waitUntilGone,
} from "@fairlead/testkit";
import { testEnvironment } from "../../servers/support/test-environment.js";

/** Somebody who has installed the package globally: an empty home, and the programs on PATH, behind the Node that runs them. */
export interface PackageUser extends AsyncDisposable {
  readonly home: TempFolder;
  readonly node: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where the package lies. */
  readonly packageFolder: string;
  /** Runs a program of the package by its name, as a shell finds it. */
  type(program: string, ...args: readonly string[]): Promise<CommandResult>;
  /** The path of a program of the package. */
  program(name: string): string;
}

/** Makes a user. Disposing fails if anything that they started is still there. @param prefix that of `npm install --global` */
export async function createPackageUser(node: string, prefix: string): Promise<PackageUser> {
  const home = await createTempFolder("fl-user-");
  const base = testEnvironment(home.path);
  const env = { ...base, PATH: [dirname(node), join(prefix, "bin"), base["PATH"]].join(delimiter) };
  return {
    home,
    node,
    env,
    packageFolder: join(prefix, "lib", "node_modules", "fairlead"),
    program: (name) => join(prefix, "bin", name),
    type: (program, ...args) => runCommand([join(prefix, "bin", program), ...args], { env, cwd: home.path }),
    [Symbol.asyncDispose]: async () => {
      try {
        // Whatever we start has our HOME.
        await waitUntilGone(home.path, { withinMs: 10_000 });
      } finally {
        await home[Symbol.asyncDispose]();
      }
    },
  };
}
