import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { pidSpace } from "@fairlead/machine/process-mark";
import { expect, it, onTestFinished } from "vitest";
import { findExecutors } from "./find-executors.js";

it("finds the youngest first, and none of before the machine was started where marks tell no start", async () => {
  const stateDir = await mkdtemp(join(tmpdir(), "fl-notes-"));
  onTestFinished(() => rm(stateDir, { recursive: true }));
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const place = server.address();
  const port = typeof place === "object" ? place?.port : undefined;
  const bootMs = Date.now() - uptime() * 1_000;
  await mkdir(join(stateDir, "run"));
  // A name is of one process, and these two live for certain.
  const write = async (pid: number, startedAtMs: number): Promise<void> => {
    const note = { pid, startedAtMs, listen: String(pid), address: `grpc://127.0.0.1:${port}` };
    await writeFile(join(stateDir, "run", `${pid}-0-${pidSpace()}.executor`), JSON.stringify(note));
  };
  const found = async (): Promise<readonly number[]> => (await findExecutors(stateDir)).map(({ pid }) => pid);
  await write(process.pid, bootMs + 2_000);
  await write(process.ppid, bootMs + 1_000);
  expect(await found()).toEqual([process.pid, process.ppid]);
  await write(process.pid, bootMs + 500);
  expect(await found()).toEqual([process.ppid, process.pid]);
  await write(process.ppid, bootMs - 3_600_000);
  expect(await found()).toEqual([process.pid]);
});
