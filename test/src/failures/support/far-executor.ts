import { mkdir, readFile } from "node:fs/promises";
import type { ExecutorLimits, FairleadError } from "@fairlead/core";
import { startExecutor } from "@fairlead/executor";
import { type ConnectOptions, connectExecutor, type ExecutorSession } from "@fairlead/link";
import { type ChaosProxy, startChaosProxy, type TempFolder } from "@fairlead/testkit";
import { expect } from "vitest";
import { createRawExecutor, type RawExecutor } from "./raw-executor.js";

/** How an executor of this process is reached. */
export interface FarExecutorOptions {
  /** @default unix */
  readonly transport?: "unix" | "tcp" | undefined;
  readonly limits?: Partial<ExecutorLimits> | undefined;
  /** Of the line of TCP. @default 0 */
  readonly roundTripMs?: number | undefined;
  readonly session?: Partial<ConnectOptions> | undefined;
}

/** An executor in this process, a session with it, and the line between. Disposing it checks that nothing went wrong inside. */
export interface FarExecutor extends AsyncDisposable {
  readonly session: ExecutorSession;
  /** The line of TCP; a unix socket is reached without it. */
  readonly proxy: ChaosProxy;
  readonly raw: RawExecutor;
  /** Opens one more session on the same line. */
  open(more?: Partial<ConnectOptions>): Promise<ExecutorSession>;
}

const atOnce = { stdinGraceMs: 0, termGraceMs: 0 };

/** Starts one. @param folder for its socket and state, in a folder of their own @param fileRoots path URIs */
export async function startFarExecutor(
  options: FarExecutorOptions,
  folder: TempFolder,
  fileRoots?: readonly string[],
): Promise<FarExecutor> {
  const bugs: string[] = [];
  const isUnix = options.transport !== "tcp";
  await mkdir(folder.file("s"), { mode: 0o700 });
  const executor = await startExecutor({
    listen: isUnix ? `unix://${folder.file("s/x.sock")}` : "127.0.0.1:0",
    stateDir: folder.file("s"),
    version: "0",
    fileRoots,
    limits: options.limits,
    onInternalError: (error, where) => bugs.push(`${where}: ${error.message}`),
  });
  const { tokenPath } = executor;
  const token = tokenPath === undefined ? undefined : (await readFile(tokenPath, "utf8")).trim();
  const proxy = await startChaosProxy(
    isUnix
      ? { targetPath: executor.address.slice("unix://".length) }
      : { targetPort: Number(new URL(executor.address).port), roundTripMs: options.roundTripMs },
  );
  const url = isUnix ? executor.address : `grpc://127.0.0.1:${proxy.port}`;
  const about = { url, token, name: "far", clientName: "test", clientVersion: "0" };
  const open = (more?: Partial<ConnectOptions>): Promise<ExecutorSession> =>
    connectExecutor({ ...about, ...options.session, ...more });
  const raw = createRawExecutor(executor.address, token);
  const session = await open();
  return {
    session,
    proxy,
    raw,
    open,
    [Symbol.asyncDispose]: async () => {
      proxy.admit("carry");
      proxy.resume();
      await session.close(atOnce).catch(() => undefined);
      raw[Symbol.dispose]();
      await executor.close(atOnce);
      await proxy[Symbol.asyncDispose]();
      expect(bugs).toEqual([]);
    },
  };
}

/** What a promise failed with; fails where it did not. */
export async function failureOf(promise: Promise<unknown>): Promise<FairleadError> {
  return promise.then(
    () => {
      throw new Error("It went through");
    },
    (error: unknown) => error as FairleadError,
  );
}
