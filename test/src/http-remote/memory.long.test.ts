import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { canCountProcesses, spawnRawClient } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createScene } from "../failures/support/scene.js";
import { startTestExecutor } from "../faults/support/test-executor.js";
import { startWebServer } from "./support/far-http.js";

const mebibyte = 1024 * 1024;
const mostGrowthBytes = 32 * mebibyte;
const totalBytes = 256 * mebibyte;
const warmUpBytes = 32 * mebibyte;
const withinMs = 55_000;
const host = fileURLToPath(new URL("support/fixtures/slow-http-host.mjs", import.meta.url));

test.skipIf(!canCountProcesses()).each(["tcp", "unix"] as const)(
  "256 MiB through a slow reader over %s make neither side grow",
  async (transport) => {
    await using scene = await createScene();
    await using executor = await startTestExecutor(scene, { limits: {}, transport });
    const hash = createHash("sha256");
    await using web = await startWebServer((_, response) => sendAll(response, (chunk) => hash.update(chunk)));
    await using reader = await spawnRawClient([process.execPath, host], { env: scene.env });
    await reader.send({
      options: { url: executor.address, token: executor.token },
      url: web.url,
      bytesPerSecond: 64 * mebibyte,
      warmUpBytes,
    });
    const { warm } = await reader.nextMessage((message) => "warm" in message, withinMs);
    const before = residentBytes(executor.pid);
    let most = before;
    const watching = setInterval(() => (most = Math.max(most, residentBytes(executor.pid))), 20);
    try {
      const told = await reader.nextMessage((message) => "done" in message, withinMs);
      expect(told).toMatchObject({ receivedBytes: totalBytes, sha256: hash.digest("hex") });
      expect(await reader.exited).toMatchObject({ code: 0 });
      expect([reader.stderr(), executor.stderr()]).toEqual(["", ""]);
      const [grownHost, grownExecutor] = [Number(told["done"]) - Number(warm), most - before];
      process.stdout.write(
        `256 MiB over ${transport}: host +${inMebibytes(grownHost)}, executor +${inMebibytes(grownExecutor)} MiB\n`,
      );
      expect(grownHost).toBeLessThan(mostGrowthBytes);
      expect(grownExecutor).toBeLessThan(mostGrowthBytes);
    } finally {
      clearInterval(watching);
    }
  },
);

/** Writes all of it as fast as it is taken. */
function sendAll(response: ServerResponse, onChunk: (chunk: Buffer) => void): void {
  let sentBytes = 0;
  const pump = (): void => {
    while (sentBytes < totalBytes) {
      const chunk = Buffer.alloc(256 * 1024, sentBytes.toString(36));
      sentBytes += chunk.length;
      onChunk(chunk);
      if (!response.write(chunk)) return;
    }
    response.end();
  };
  response.on("drain", pump);
  pump();
}

function inMebibytes(bytes: number): string {
  return (bytes / mebibyte).toFixed(1);
}

function residentBytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}
