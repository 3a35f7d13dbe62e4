import { mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { type ExecutorLimits, type FairleadError, type Files, toPathUri } from "@fairlead/core";
import { startExecutor } from "@fairlead/executor";
import { type ConnectOptions, connectExecutor, type ExecutorSession } from "@fairlead/link";
import { type ChaosProxy, createTempFolder, startChaosProxy, waitUntil } from "@fairlead/testkit";
import { expect } from "vitest";
import { createRawExecutor, type RawExecutor } from "../../failures/support/raw-executor.js";

/** How an executor with files is reached. */
export interface FarFilesOptions {
  /** @default unix */
  readonly transport?: "unix" | "tcp" | undefined;
  readonly limits?: Partial<ExecutorLimits> | undefined;
  /** Of the line of TCP. @default 0 */
  readonly roundTripMs?: number | undefined;
  readonly session?: Partial<ConnectOptions> | undefined;
}

/** An executor in this process that gives access to one folder, and a session with it. Disposing checks what is left. */
export interface FarFiles extends AsyncDisposable {
  readonly session: ExecutorSession;
  readonly files: Files;
  /** The folder that may be used, and one beside it that may not. */
  readonly root: string;
  readonly outside: string;
  /** The line of TCP; a unix socket is reached without it. */
  readonly proxy: ChaosProxy;
  readonly raw: RawExecutor;
  uri(name: string): string;
  path(name: string): string;
  /** Opens one more session on the same line. */
  open(more?: Partial<ConnectOptions>): Promise<ExecutorSession>;
}

/** Starts one. */
export async function startFarFiles(options: FarFilesOptions = {}): Promise<FarFiles> {
  const folder = await createTempFolder("fl-");
  const root = folder.file("root");
  await Promise.all([mkdir(root), mkdir(folder.file("outside")), mkdir(folder.file("s"), { mode: 0o700 })]);
  const bugs: string[] = [];
  const isUnix = options.transport !== "tcp";
  const executor = await startExecutor({
    listen: isUnix ? `unix://${folder.file("s/x.sock")}` : "127.0.0.1:0",
    stateDir: folder.file("s"),
    version: "0",
    fileRoots: [toPathUri(root, "posix")],
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
  const open = (more?: Partial<ConnectOptions>): Promise<ExecutorSession> =>
    connectExecutor({
      url,
      token,
      name: "far",
      clientName: "test",
      clientVersion: "0",
      ...options.session,
      ...more,
    });
  const raw = createRawExecutor(executor.address, token);
  const session = await open();
  return {
    session,
    files: session.files,
    root,
    outside: folder.file("outside"),
    proxy,
    raw,
    uri: (name) => toPathUri(`${root}/${name}`, "posix"),
    path: (name) => `${root}/${name}`,
    open,
    [Symbol.asyncDispose]: async () => {
      proxy.admit("carry");
      proxy.resume();
      await session.close({ stdinGraceMs: 0, termGraceMs: 0 }).catch(() => undefined);
      raw[Symbol.dispose]();
      await executor.close({ stdinGraceMs: 0, termGraceMs: 0 });
      await proxy[Symbol.asyncDispose]();
      expect(await openBelow(root)).toEqual([]);
      expect(await unfinished(root)).toEqual([]);
      await folder[Symbol.asyncDispose]();
      expect(bugs).toEqual([]);
    },
  };
}

/** What this process has open below a folder: of files, folders and walks that are under way. */
export async function openBelow(folder: string, pid = process.pid): Promise<readonly string[]> {
  const all = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const leads = await Promise.all(all.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
  return leads.filter((path) => path.startsWith(folder));
}

/** Waits until nothing below a folder is open any more. */
export function waitUntilClosed(folder: string, pid?: number): Promise<unknown> {
  return waitUntil(async () => (await openBelow(folder, pid)).length === 0, {
    withinMs: 5_000,
    what: "The end of everything under way",
  });
}

/** Checks that nothing is under way any more, and nothing half was left. */
export async function expectNothingLeft({ root }: Pick<FarFiles, "root">): Promise<void> {
  await waitUntilClosed(root);
  expect(await unfinished(root)).toEqual([]);
}

/** Files below a folder that are not whole. */
export async function unfinished(folder: string): Promise<readonly string[]> {
  const all = await readdir(folder, { recursive: true });
  return all.filter((name) => name.endsWith(".tmp"));
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

/** Content that goes on until it is told to end. */
export interface OpenContent {
  readonly stream: ReadableStream<Uint8Array>;
  readonly isCancelled: () => boolean;
  push(bytes: Uint8Array): void;
  end(): void;
}

/** Makes such content. */
export function createOpenContent(): OpenContent {
  let isCancelled = false;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start: (started) => {
      controller = started;
    },
    cancel: () => {
      isCancelled = true;
    },
  });
  return {
    stream,
    isCancelled: () => isCancelled,
    push: (bytes) => controller?.enqueue(bytes),
    end: () => controller?.close(),
  };
}

/** Checks that a session writes and reads as if nothing had been. */
export async function expectWorking({ files }: ExecutorSession, uri: string): Promise<void> {
  await files.write(uri, Buffer.from("fine"));
  const { body } = await files.read(uri);
  expect(await new Response(body).text()).toBe("fine");
  await files.remove(uri);
}
