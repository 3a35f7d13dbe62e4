import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { spawnRawClient } from "@fairlead/testkit";
import { expect } from "vitest";
import { createScene } from "../../failures/support/scene.js";
import { startTestExecutor } from "./test-executor.js";

const mebibyte = 1024 * 1024;
const file = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** What a slow reader's transfer is like. */
export interface SlowTransfer {
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
  readonly transport: "tcp" | "unix";
}

/** What memory grew by from the end of the warm-up on, at most, on either side, in bytes. */
export interface Growth {
  readonly host: number;
  readonly executor: number;
  readonly slowestEchoMs: number;
}

/** Bytes that are read before memory is looked at: windows fill, code gets warm, and garbage has its share. */
const warmUpBytes = 16 * mebibyte;

/** Lets a host read an endless process slowly, and measures the memory of both sides while it does. */
export async function readSlowly({ totalBytes, bytesPerSecond, transport }: SlowTransfer): Promise<Growth> {
  await using scene = await createScene();
  await using executor = await startTestExecutor(scene, { limits: {}, transport });
  await using host = await spawnRawClient(
    [process.execPath, file("slow-host.mjs"), file("hashing-program.mjs")],
    { env: scene.env },
  );
  const timeoutMs = 30_000 + (2_000 * totalBytes) / bytesPerSecond;
  const options = { url: executor.address, token: executor.token };
  await host.send({ options, bytesPerSecond, warmUpBytes, totalBytes });
  const { warm } = await host.nextMessage((message) => "warm" in message, timeoutMs);
  const before = residentBytes(executor.pid);
  let most = before;
  const watching = setInterval(() => (most = Math.max(most, residentBytes(executor.pid))), 20);
  try {
    const told = await host.nextMessage((message) => "done" in message, timeoutMs);
    expect(told).toMatchObject({ checked: true });
    expect(Number(told["receivedBytes"])).toBeGreaterThanOrEqual(totalBytes);
    expect(await host.exited).toMatchObject({ code: 0 });
    expect([host.stderr(), executor.stderr()]).toEqual(["", ""]);
    return {
      host: Number(told["done"]) - Number(warm),
      executor: most - before,
      slowestEchoMs: Number(told["slowestEchoMs"]),
    };
  } finally {
    clearInterval(watching);
  }
}

function residentBytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}
