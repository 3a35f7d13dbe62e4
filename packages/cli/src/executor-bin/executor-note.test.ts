import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { processMark } from "@fairlead/machine/process-mark";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noteExecutor } from "./executor-note.js";

const dayMs = 24 * 60 * 60 * 1_000;

let stateDir: string;
let run: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "fl-note-"));
  run = join(stateDir, "run");
  await mkdir(run);
});
afterEach(() => rm(stateDir, { recursive: true }));

const note = (everyMs?: number): Promise<() => Promise<void>> =>
  noteExecutor(
    { stateDir, listen: "127.0.0.1:0" },
    { address: "grpc://127.0.0.1:1", tokenPath: undefined },
    everyMs,
  );

async function leave(mark: string, ageMs: number): Promise<string> {
  const name = `${mark}.executor`;
  await writeFile(join(run, name), "{}\n");
  const at = new Date(Date.now() - ageMs);
  await utimes(join(run, name), at, at);
  return name;
}

test("notes of dead executors go, of other containers and machines once they showed no life for a month", async () => {
  await leave("1073741824-0-ffffffff", 31 * dayMs);
  await leave("1073741824", 0);
  const living = await leave("1-abc-ffffffff", 29 * dayMs);
  const forget = await note();
  const own = `${processMark()}.executor`;
  expect(new Set(await readdir(run))).toEqual(new Set([living, own]));
  await forget();
  expect(await readdir(run)).toEqual([living]);
});

test("a running executor shows from time to time that it lives, also after its note was removed", async () => {
  const forget = await note(10);
  const path = join(run, `${processMark()}.executor`);
  await utimes(path, new Date(0), new Date(0));
  const isNew = async (): Promise<boolean> =>
    ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0) > dayMs;
  await expect.poll(isNew, { timeout: 10_000 }).toBe(true);
  await rm(path);
  await expect.poll(isNew, { timeout: 10_000 }).toBe(true);
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ pid: process.pid });
  await forget();
  expect(await readdir(run)).toEqual([]);
});

test.skipIf(process.platform === "win32")(
  "of renewals one waits for the other, and none comes back after it was forgotten",
  async () => {
    const everyMs = 20;
    const forget = await note(everyMs);
    // Whoever writes there waits until somebody reads; nothing was due since the timer was started.
    const pipe = join(run, `${processMark()}.executor.new`);
    execFileSync("mkfifo", [pipe]);
    await new Promise<void>((resolve) => {
      let ticks = 0;
      const timer = setInterval(() => {
        ticks += 1;
        if (ticks < 5) return;
        clearInterval(timer);
        resolve();
      }, everyMs);
    });
    const forgotten = forget();
    const { stdout } = await promisify(execFile)("cat", [pipe]);
    expect(stdout.trimEnd().split("\n")).toEqual([expect.stringContaining(`"pid":${process.pid}`)]);
    await forgotten;
    expect(await readdir(run)).toEqual([]);
  },
);
