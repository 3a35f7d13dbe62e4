import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type ExecutorLimits, settlesWithinMs } from "@fairlead/core";
import { type RawClientExit, spawnRawClient } from "@fairlead/testkit";
import type { Scene } from "../../failures/support/scene.js";

const program = fileURLToPath(new URL("fixtures/test-executor.mjs", import.meta.url));
const endsWithinMs = 10_000;

/** Limits under which a silent peer is gone after 600 ms instead of 15 s. */
export const quickLimits: Partial<ExecutorLimits> = { heartbeatMs: 200, heartbeatsMissed: 3 };

/** How a test's executor is started. */
export interface TestExecutorOptions {
  /** @default {@link quickLimits} */
  readonly limits?: Partial<ExecutorLimits> | undefined;
  /** @default TCP on loopback, with a token */
  readonly transport?: "tcp" | "unix" | undefined;
  /** Under the scene's folder; a second executor with the same one is the next start of the first. @default "x" */
  readonly stateDir?: string | undefined;
}

/**
 * An executor in a process of its own, with limits that let a test be short. Disposing it lets it end its trees at once,
 * also if it is suspended.
 */
export interface TestExecutor extends AsyncDisposable {
  /** `grpc://…` or `unix://…` */
  readonly address: string;
  /** Of TCP. */
  readonly port: number | undefined;
  /** Of a unix socket. */
  readonly socketPath: string | undefined;
  /** The bearer token; undefined on a unix socket. */
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly pid: number;
  /** Settles when the process has ended, however. Never rejects. */
  readonly exited: Promise<RawClientExit>;
  /** Bugs that it found in itself, and anything else that it wrote there. */
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  /** SIGSTOP: it stands still, its connections stay. */
  suspend(): void;
  /** SIGCONT. */
  resume(): void;
  /** SIGTERM, and waits for its end. */
  stop(): Promise<RawClientExit>;
}

/** The command that starts a test's executor in the place of `fairlead-executor`, for whoever adds the arguments. */
export function testExecutorCommand(
  limits: Partial<ExecutorLimits> = quickLimits,
): readonly [string, ...string[]] {
  return [process.execPath, program, "--limits", JSON.stringify(limits)];
}

/** Starts one and waits for its address. Its environment carries the scene's marker. */
export async function startTestExecutor(
  scene: Scene,
  options: TestExecutorOptions = {},
): Promise<TestExecutor> {
  const stateDir = scene.folder.file(options.stateDir ?? "x");
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const listen = options.transport === "unix" ? `unix://${stateDir}/s/x.sock` : "127.0.0.1:0";
  const args = ["serve", "--listen", listen, "--state-dir", stateDir];
  const client = await spawnRawClient([...testExecutorCommand(options.limits), ...args], {
    env: scene.env,
    cwd: scene.folder.path,
  });
  const stop = (): Promise<RawClientExit> => {
    client.kill("SIGTERM");
    return client.exited;
  };
  try {
    const announced = await client.nextMessage(() => true);
    const address = String(announced["address"]);
    const path = announced["tokenFile"];
    const tokenFile = typeof path === "string" ? path : undefined;
    const port = /:(\d+)$/.exec(address)?.[1];
    return {
      address,
      port: port === undefined ? undefined : Number(port),
      socketPath: address.startsWith("unix://") ? address.slice("unix://".length) : undefined,
      token: tokenFile === undefined ? undefined : (await readFile(tokenFile, "utf8")).trim(),
      tokenFile,
      pid: client.pid,
      exited: client.exited,
      stderr: () => client.stderr(),
      kill: (signal) => client.kill(signal),
      suspend: () => client.kill("SIGSTOP"),
      resume: () => client.kill("SIGCONT"),
      stop,
      [Symbol.asyncDispose]: async () => {
        client.kill("SIGCONT");
        client.kill("SIGINT");
        await settlesWithinMs(client.exited, endsWithinMs);
        await client[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}
