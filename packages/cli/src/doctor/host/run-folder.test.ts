import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
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

test("a home without such a folder is well", async () => {
  await rm(join(home, "run"), { recursive: true });
  expect(await checkRunFolder(home)).toMatchObject({ status: "ok", summary: "0 hosts are running" });
});
