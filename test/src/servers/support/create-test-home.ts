import { addExecutor, addServer, type ExecutorEntry, type StdioServerEntry } from "@fairlead/config";
import {
  binaryCommand,
  type CommandResult,
  createMarker,
  createTempFolder,
  type RunCommandOptions,
  runCommand,
  type TempFolder,
  waitUntilGone,
} from "@fairlead/testkit";
import { testEnvironment } from "./test-environment.js";

/** What stands in the config.toml of a test home. */
export interface TestHomeOptions {
  /** In this order, which decides where two servers offer the same. */
  readonly servers?: Readonly<Record<string, StdioServerEntry>>;
  readonly executors?: Readonly<Record<string, ExecutorEntry>>;
  /** Lines above the tables, such as `max_name = 32`. */
  readonly topLevel?: string;
}

/**
 * A `FAIRLEAD_HOME` with a config.toml, and the built command line in it. Disposing fails if a server or executor that
 * was started with it is still alive.
 */
export interface TestHome extends AsyncDisposable {
  readonly folder: TempFolder;
  /** Is in the environment of every server and daemon that is started with this home, on whatever executor. */
  readonly marker: string;
  /** The whole environment for programs under test, `FAIRLEAD_HOME` and a marker included. */
  readonly env: Readonly<Record<string, string>>;
  /** The argv of a fairlead command, for clients that start it themselves. */
  command(...args: readonly string[]): readonly [string, ...string[]];
  /** Runs a fairlead command to its end. */
  fairlead(
    args: readonly string[],
    options?: Pick<RunCommandOptions, "input" | "cwd">,
  ): Promise<CommandResult>;
}

const markerVariable = "FAIRLEAD_TEST_MARKER";

/** Flags of `run` for a program that is to carry the marker, too: it gets no more of our environment than it is given. */
export const withMarker = ["--env-var", markerVariable] as const;

/** `serve` is gone 1.5 s after EOF, and what it hands over goes down the short ladder. */
const goneWithinMs = 5_000;

/** Makes a home. Servers get the marker in their environment too, so that they are counted wherever they run. */
export async function createTestHome(options: TestHomeOptions = {}): Promise<TestHome> {
  const folder = await createTempFolder("fl-h-");
  const marker = createMarker();
  const variables = { [markerVariable]: marker };
  let text = options.topLevel === undefined ? "" : `${options.topLevel}\n`;
  for (const [name, entry] of Object.entries(options.executors ?? {})) text = addExecutor(text, name, entry);
  for (const [name, entry] of Object.entries(options.servers ?? {})) {
    text = addServer(text, name, { ...entry, env: { ...entry.env, ...variables } });
  }
  await folder.write("config.toml", text);
  const env = { ...testEnvironment(folder.path), ...variables, FAIRLEAD_HOME: folder.path };
  return {
    folder,
    marker,
    env,
    command,
    fairlead: (args, more = {}) => runCommand(command(...args), { env, cwd: folder.path, ...more }),
    [Symbol.asyncDispose]: async () => {
      try {
        await waitUntilGone(marker, { withinMs: goneWithinMs });
      } finally {
        await folder[Symbol.asyncDispose]();
      }
    },
  };
}

function command(...args: readonly string[]): readonly [string, ...string[]] {
  const [program = process.execPath, ...first] = binaryCommand("fairlead");
  return [program, ...first, ...args];
}
