import { readFile } from "node:fs/promises";
import { settlesWithinMs } from "@fairlead/core";
import { binaryCommand, type RawClient, type RawClientExit, spawnRawClient } from "@fairlead/testkit";
import { expect } from "vitest";
import type { Scene } from "./scene.js";

/** A running `fairlead-executor serve`. Disposing it lets it end its trees, at once. */
export interface ExecutorDaemon extends AsyncDisposable {
  /** As it announced it. */
  readonly address: string;
  /** For an address with host and port. */
  readonly port: number;
  /** The bearer token that it wants; undefined on a unix socket. */
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly pid: number;
  readonly exited: Promise<RawClientExit>;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
}

/** How an executor is started. */
export interface DaemonOptions {
  /** @default a socket in the scene's folder */
  readonly listen?: string | undefined;
  /** Further arguments. */
  readonly args?: readonly string[] | undefined;
  /** Set above the scene's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Makes another command line of its own, which must become it. */
  readonly wrap?: ((command: readonly string[]) => readonly string[]) | undefined;
}

const endsWithinMs = 10_000;

/** The socket that a scene's executor listens on unless told otherwise. */
export function defaultSocket(scene: Scene): string {
  return scene.folder.file("run/x.sock");
}

/** Starts an executor daemon of a scene and waits for its address. Its environment carries the scene's marker. */
export async function startDaemon(scene: Scene, options: DaemonOptions = {}): Promise<ExecutorDaemon> {
  const { env = {}, wrap = (command) => command } = options;
  const argv = wrap(daemonCommand(scene, options));
  const client = await spawnRawClient(argv, { env: { ...scene.env, ...env }, cwd: scene.folder.path });
  try {
    const { address, tokenFile } = await client.nextMessage(() => true);
    if (typeof address !== "string") throw new Error(`The executor told no address: ${client.stderr()}`);
    const path = typeof tokenFile === "string" ? tokenFile : undefined;
    return {
      address,
      port: Number(/:(\d+)$/.exec(address)?.[1]),
      tokenFile: path,
      token: path === undefined ? undefined : (await readFile(path, "utf8")).trim(),
      pid: client.pid,
      exited: client.exited,
      stderr: () => client.stderr(),
      kill: (signal) => client.kill(signal),
      [Symbol.asyncDispose]: () => endDaemon(client),
    };
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

/** The command line of a scene's executor. */
export function daemonCommand(scene: Scene, { listen, args = [] }: DaemonOptions = {}): readonly string[] {
  return [
    ...binaryCommand("fairlead-executor"),
    "serve",
    "--json",
    "--listen",
    listen ?? `unix://${defaultSocket(scene)}`,
    "--state-dir",
    scene.folder.file("home"),
    ...args,
  ];
}

/** An executor table for config.toml. @param more further lines */
export function executorTable(
  name: string,
  daemon: Pick<ExecutorDaemon, "address" | "tokenFile">,
  more: readonly string[] = [],
): string {
  const token = daemon.tokenFile === undefined ? [] : [`token_file = ${JSON.stringify(daemon.tokenFile)}`];
  return [`[executors.${name}]`, `url = ${JSON.stringify(daemon.address)}`, ...token, ...more, ""].join("\n");
}

/** Checks that a daemon found no bug in itself: those it tells on stderr. */
export function expectSilent(daemon: Pick<ExecutorDaemon, "stderr">): void {
  expect(daemon.stderr()).toBe("");
}

async function endDaemon(client: RawClient): Promise<void> {
  // The second signal is the impatient one; two of a kind could arrive as one.
  client.kill("SIGTERM");
  client.kill("SIGINT");
  await settlesWithinMs(client.exited, endsWithinMs);
  await client[Symbol.asyncDispose]();
}
