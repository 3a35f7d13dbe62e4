import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markOf, pidSpace, processMark } from "@fairlead/machine/process-mark";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sweepRunFolder } from "../../control/sweep-run-folder.js";
import { checkRunFolder } from "./run-folder.js";

/** Larger than any number that a system gives to a process. */
const nobody = 2_147_483_646;

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "run-"));
  await mkdir(join(home, "run"));
});
afterEach(() => rm(home, { recursive: true }));

async function put(name: string, text = ""): Promise<void> {
  await writeFile(join(home, "run", name), text);
}

test("what dead processes left is told, and removed only where that is wished; what lives is counted and kept", async () => {
  await put(`${process.pid}.sock`);
  await put("executor.sock");
  await put("executor.sock.lock", `${process.pid} 1 word\n`);
  expect(await checkRunFolder(home)).toMatchObject({ status: "ok", summary: "1 host is running" });
  await put(`${nobody}.sock`);
  await put(`${nobody}.hub`);
  await put("hub-start.lock", `${nobody} word`);
  await put("other.sock");
  await put("other.sock.lock", `${nobody} 1 word\n`);
  const outcome = await checkRunFolder(home);
  const files = `${nobody}.hub, ${nobody}.sock, hub-start.lock, other.sock, other.sock.lock`;
  expect(outcome).toMatchObject({ status: "warning", details: { files } });
  // Somebody has taken this one over meanwhile.
  await put("hub-start.lock", `${process.pid} word`);
  expect(await outcome.fix?.()).toBe(`removed ${files.replace("hub-start.lock, ", "")}`);
  expect((await readdir(join(home, "run"))).toSorted()).toEqual([
    `${process.pid}.sock`,
    "executor.sock",
    "executor.sock.lock",
    "hub-start.lock",
  ]);
});

test("with the lock of a dead executor goes the socket that proved that it lived, and with a living one's none", async () => {
  await put("executor.sock.lock", `${process.pid} - living-executor-\n`);
  await put(".living-executor-");
  await put("other.sock.lock", `${nobody} 1 dead-executor---\n`);
  await put(".dead-executor---");
  const outcome = await checkRunFolder(home);
  expect(outcome).toMatchObject({ details: { files: ".dead-executor---, other.sock.lock" } });
  await outcome.fix?.();
  expect((await readdir(join(home, "run"))).toSorted()).toEqual([".living-executor-", "executor.sock.lock"]);
});

test("what hosts and executors of another container have in the same home is kept, and counted apart", async () => {
  const elsewhere = `${nobody}-1-ffffffff`;
  // The first process of every container has the same number as ours may have here.
  const names = [`${elsewhere}.sock`, `${elsewhere}.hub`, `${process.pid}-1-ffffffff.sock`];
  for (const name of names) await put(name);
  await put("executor.sock");
  await put("executor.sock.lock", `${nobody} 1 word ffffffff\n`);
  await put("hub-start-ffffffff.lock", `${elsewhere} word`);
  expect(await checkRunFolder(home)).toMatchObject({
    status: "ok",
    summary: "0 hosts are running, 2 more may run elsewhere with this home",
  });
  await sweepRunFolder(home);
  expect(await readdir(join(home, "run"))).toHaveLength(6);
});

test("what nobody here can judge is gone after a month in which nobody answers", async () => {
  const name = `${nobody}-1-ffffffff.sock`;
  await put(name);
  const longAgo = new Date(Date.now() - 31 * 24 * 3_600_000);
  await utimes(join(home, "run", name), longAgo, longAgo);
  expect(await checkRunFolder(home)).toMatchObject({ status: "warning", details: { files: name } });
  await sweepRunFolder(home);
  expect(await readdir(join(home, "run"))).toEqual([]);
});

test("a host whose number another process has by now is gone", async () => {
  if (!existsSync("/proc/self/stat")) return;
  await put(`${markOf(process.pid, 1, pidSpace())}.sock`);
  await put(`${processMark()}.sock`);
  expect(await checkRunFolder(home)).toMatchObject({ summary: expect.stringMatching(/^1 left by/) });
});

test("a home without such a folder is well", async () => {
  await rm(join(home, "run"), { recursive: true });
  expect(await checkRunFolder(home)).toMatchObject({ status: "ok", summary: "0 hosts are running" });
});
