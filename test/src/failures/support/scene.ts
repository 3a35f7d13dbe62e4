import { mkdir, readdir, readFile } from "node:fs/promises";
import {
  binaryCommand,
  type CommandResult,
  createMarker,
  createTempFolder,
  fixtureServerPath,
  processesWithMarker,
  type RawClient,
  runCommand,
  spawnRawClient,
  type TempFolder,
  waitUntilGone,
} from "@fairlead/testkit";

/** Values that no output of ours may ever contain: one in a server's `env`, one copied from the host, one as a token. */
export const secrets = {
  configured: "SENTINEL-of-a-configured-variable",
  copied: "SENTINEL-of-a-copied-variable",
  token: "SENTINEL-of-a-wrong-bearer-token",
} as const;

/** How a command is run. */
export interface SceneRunOptions {
  readonly input?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** @default the scene's folder */
  readonly cwd?: string | undefined;
}

/**
 * A machine of its own for one test: a home with a configuration, a folder for temporary files, and a marker that every
 * process of ours carries in its environment and every fixture server in its arguments.
 */
export interface Scene extends AsyncDisposable {
  readonly folder: TempFolder;
  readonly marker: string;
  /** The whole environment of every command. */
  readonly env: Readonly<Record<string, string>>;
  /** Replaces config.toml. @returns its path */
  configure(toml: string): Promise<string>;
  /** What config.toml says now; undefined if there is none. */
  configText(): Promise<string | undefined>;
  /** Runs `fairlead` to its end. */
  fairlead(args: readonly string[], options?: SceneRunOptions): Promise<CommandResult>;
  /** Starts `fairlead serve`, or another command that goes on; the scene ends it if nobody does. */
  start(args: readonly string[], options?: Omit<SceneRunOptions, "input">): Promise<RawClient>;
  /** A fixture server for config.toml, with secrets in its environment. @param more further lines of its table */
  server(name: string, flags?: readonly string[], more?: readonly string[]): string;
  /** What is left in the temporary folder; a socket folder of a local executor must not be. */
  leftovers(): Promise<readonly string[]>;
}

/** Makes a scene. Disposing it kills whatever still carries its marker. */
export async function createScene(): Promise<Scene> {
  const folder = await createTempFolder("fs-");
  const marker = createMarker();
  const home = folder.file("home");
  const temp = folder.file("t");
  await Promise.all([mkdir(home, { mode: 0o700 }), mkdir(temp), mkdir(folder.file("user"))]);
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder.file("user"),
    TMPDIR: temp,
    FAIRLEAD_HOME: home,
    SCENE_MARKER: marker,
    COPIED_SECRET: secrets.copied,
  };
  const config = folder.file("home/config.toml");
  const clients: RawClient[] = [];
  return {
    folder,
    marker,
    env,
    configure: (toml) => folder.write("home/config.toml", toml),
    configText: () => readFile(config, "utf8").catch(() => undefined),
    fairlead: (args, options = {}) =>
      runCommand([...binaryCommand("fairlead"), ...args], {
        env: { ...env, ...options.env },
        cwd: options.cwd ?? folder.path,
        input: options.input,
      }),
    start: async (args, options = {}) => {
      const client = await spawnRawClient([...binaryCommand("fairlead"), ...args], {
        env: { ...env, ...options.env },
        cwd: options.cwd ?? folder.path,
      });
      clients.push(client);
      return client;
    },
    server: (name, flags = [], more = []) =>
      serverTable(name, [process.execPath, fixtureServerPath, "--marker", marker, ...flags], more),
    leftovers: () => readdir(temp),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
      killMarked(marker);
      await waitUntilGone(marker, { withinMs: 5_000 });
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A server table for config.toml, with secrets in the server's environment. @param more further lines */
export function serverTable(name: string, argv: readonly string[], more: readonly string[] = []): string {
  const [command, ...args] = argv;
  return [
    `[mcp_servers.${name}]`,
    `command = ${JSON.stringify(command)}`,
    `args = ${JSON.stringify(args)}`,
    `env = { CONFIGURED_SECRET = ${JSON.stringify(secrets.configured)} }`,
    'env_vars = ["COPIED_SECRET"]',
    ...more,
    "",
  ].join("\n");
}

/** Only for the end of a test: whatever it left behind must not disturb the next one. */
function killMarked(marker: string): void {
  for (const { pid } of processesWithMarker(marker)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      // Gone between the look and the kill, which is what was wanted.
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}
