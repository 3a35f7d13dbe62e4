import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  createTempFolder,
  runCommand,
  spawnRawClient,
  waitUntilGone,
  workspaceRoot,
} from "@fairlead/testkit";
import { credentialScript } from "./programs.js";

/** What a program of a desktop session finds instead of a working keyring, or the working one. */
export type BusKind = "unlocked" | "locked" | "no keyring" | "no bus";

/** What to do with a store: its verb, then what it takes. */
export type Step = readonly [
  verb: "open" | "list" | "read" | "write" | "remove" | "get" | "set",
  ...args: string[],
];

/** What came of a run of the program. */
export interface KeyringRun {
  readonly answers: readonly unknown[];
  /** Milliseconds, one for each step. */
  readonly tookMs: readonly number[];
  readonly warnings: readonly string[];
  readonly code: number | null;
  /** Everything that was printed. */
  readonly text: string;
}

/** A person's folders, which all sessions of one test share, as logins to one machine do. */
export interface Desktop extends AsyncDisposable {
  readonly path: string;
  /** Where credentials are kept. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs the program in a session of its own. */
  run(bus: BusKind, setting: string, steps: readonly Step[]): Promise<KeyringRun>;
  /** Opens a session whose keyring is unlocked. Disposing ends it. */
  open(): Promise<OpenSession>;
}

/** A session that lasts until it is disposed. */
export interface OpenSession extends AsyncDisposable {
  /** What leads programs to its keyring. */
  readonly env: Readonly<Record<string, string>>;
}

/** The program's own module that starts the keyring's helper. */
const runHelperModule = join(workspaceRoot(), "packages", "cli", "dist", "runtime", "keyring-helper.js");

/** A bus on which nothing is started by itself. */
const bareBus = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
`;

const unlock = 'printf %s pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"';
const start = 'gnome-keyring-daemon --start --components=secrets >/dev/null && exec "$@"';

/** Tells where the bus is, and lasts as long as its input. */
const hold = `printf '{"address":"%s"}\\n' "$DBUS_SESSION_BUS_ADDRESS" && exec cat >/dev/null`;

/** Tells why the keyring's library cannot be loaded here; undefined if it can. */
export async function whyNoLibrary(): Promise<string | undefined> {
  const folder = join(workspaceRoot(), "packages", "oauth");
  const loaded = await runCommand([process.execPath, "-e", 'require("@napi-rs/keyring")'], { cwd: folder });
  return loaded.code === 0 ? undefined : "@napi-rs/keyring has no build for this machine";
}

/** Tells why there can be no real keyring here; undefined if there can be one. */
export async function whyNoKeyring(): Promise<string | undefined> {
  if (process.platform !== "linux") return `no Secret Service on ${process.platform}`;
  for (const program of ["dbus-run-session", "gnome-keyring-daemon"]) {
    const found = await runCommand(["sh", "-c", `command -v ${program}`]);
    if (found.code !== 0) return `${program} is not installed (Debian: gnome-keyring, dbus)`;
  }
  return whyNoLibrary();
}

/** Makes an empty home. */
export async function createDesktop(): Promise<Desktop> {
  const home = await createTempFolder("fl-kr-");
  const runtime = home.file("run");
  await mkdir(runtime);
  await chmod(runtime, 0o700);
  const config = await home.write("bare-bus.conf", bareBus);
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: home.path,
    XDG_RUNTIME_DIR: runtime,
    XDG_DATA_HOME: home.file("data"),
    XDG_CONFIG_HOME: home.file("config"),
    XDG_CACHE_HOME: home.file("cache"),
  };
  const wrappers: Readonly<Record<BusKind, readonly string[]>> = {
    unlocked: ["dbus-run-session", `--config-file=${config}`, "--", "sh", "-c", unlock, "sh"],
    locked: ["dbus-run-session", `--config-file=${config}`, "--", "sh", "-c", start, "sh"],
    "no keyring": ["dbus-run-session", `--config-file=${config}`, "--"],
    "no bus": [],
  };
  const folder = home.file("credentials");
  return {
    path: home.path,
    folder,
    env,
    run: (bus, setting, steps) => runKeyringUser(wrappers[bus], env, { folder, setting, steps }),
    open: async () => {
      const holder = await spawnRawClient([...wrappers.unlocked, "sh", "-c", hold], { env });
      const { address } = await holder.nextMessage((message) => "address" in message, 20_000);
      return {
        env: { DBUS_SESSION_BUS_ADDRESS: String(address) },
        [Symbol.asyncDispose]: async () => {
          holder.closeStdin();
          await holder.exited;
          await holder[Symbol.asyncDispose]();
          await waitUntilGone(home.path, { withinMs: 5_000 });
        },
      };
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

/** What the program is told on its input. */
export interface KeyringOrder {
  readonly folder: string;
  readonly setting: string;
  readonly steps: readonly Step[];
}

/** The program, as it is started. */
export const keyringUserArgv: readonly string[] = [
  process.execPath,
  credentialScript("keyring-user.mjs"),
  runHelperModule,
];

/** Runs the program to its end. */
export async function runKeyringUser(
  wrapper: readonly string[],
  env: Readonly<Record<string, string>>,
  order: KeyringOrder,
): Promise<KeyringRun> {
  const input = `${JSON.stringify(order)}\n`;
  const { code, stdout, stderr } = await runCommand([...wrapper, ...keyringUserArgv], { env, input });
  const lines = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { answer?: unknown; tookMs?: number; warnings?: string[] });
  const steps = lines.slice(0, -1);
  const warnings = lines.at(-1)?.warnings;
  if (warnings === undefined) throw new Error(`The program ended with ${code}: ${stdout}${stderr}`);
  return {
    answers: steps.map(({ answer }) => answer ?? null),
    tookMs: steps.map(({ tookMs = 0 }) => tookMs),
    warnings,
    code,
    text: `${stdout}${stderr}`,
  };
}
