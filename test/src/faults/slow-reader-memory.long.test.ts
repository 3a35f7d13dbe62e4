import { canCountProcesses } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { readSlowly } from "./support/slow-reader.js";

const mebibyte = 1024 * 1024;
const mostGrowthBytes = 32 * mebibyte;

test.skipIf(!canCountProcesses()).each(["tcp", "unix"] as const)(
  "256 MiB through a slow reader over %s make neither side grow, and delay nobody",
  async (transport) => {
    const growth = await readSlowly({ totalBytes: 256 * mebibyte, bytesPerSecond: 16 * mebibyte, transport });
    const mebibytes = (bytes: number): number => Math.round(bytes / mebibyte);
    process.stdout.write(
      `${transport}: the host grew by ${mebibytes(growth.host)} MiB, the executor by ${mebibytes(growth.executor)} MiB\n`,
    );
    expect(growth.host).toBeLessThan(mostGrowthBytes);
    expect(growth.executor).toBeLessThan(mostGrowthBytes);
    expect(growth.slowestEchoMs).toBeLessThan(1_000);
  },
);
