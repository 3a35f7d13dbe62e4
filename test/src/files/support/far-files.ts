import { mkdir, readdir, readlink } from "node:fs/promises";
import { type Files, toPathUri } from "@fairlead/core";
import type { ExecutorSession } from "@fairlead/link";
import { createTempFolder, waitUntil } from "@fairlead/testkit";
import { expect } from "vitest";
import {
  type FarExecutor,
  type FarExecutorOptions,
  startFarExecutor,
} from "../../failures/support/far-executor.js";

/** An executor in this process that gives access to one folder. Disposing checks what is left there. */
export interface FarFiles extends FarExecutor {
  readonly files: Files;
  /** The folder that may be used, and one beside it that may not. */
  readonly root: string;
  readonly outside: string;
  uri(name: string): string;
  path(name: string): string;
}

/** Starts one. */
export async function startFarFiles(options: FarExecutorOptions = {}): Promise<FarFiles> {
  const folder = await createTempFolder("fl-");
  const root = folder.file("root");
  await Promise.all([mkdir(root), mkdir(folder.file("outside"))]);
  const far = await startFarExecutor(options, folder, [toPathUri(root, "posix")]);
  return {
    ...far,
    files: far.session.files,
    root,
    outside: folder.file("outside"),
    uri: (name) => toPathUri(`${root}/${name}`, "posix"),
    path: (name) => `${root}/${name}`,
    [Symbol.asyncDispose]: async () => {
      await far[Symbol.asyncDispose]();
      expect(await openBelow(root)).toEqual([]);
      expect(await unfinished(root)).toEqual([]);
      await folder[Symbol.asyncDispose]();
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
