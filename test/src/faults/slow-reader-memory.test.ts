import { canCountProcesses } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { readSlowly } from "./support/slow-reader.js";

const mebibyte = 1024 * 1024;
const mostGrowthBytes = 32 * mebibyte;

test.skipIf(!canCountProcesses()).concurrent.each(["tcp", "unix"] as const)(
  "64 MiB through a slow reader over %s make neither side grow, and delay nobody",
  async (transport) => {
    const growth = await readSlowly({ totalBytes: 64 * mebibyte, bytesPerSecond: 16 * mebibyte, transport });
    expect(growth.host).toBeLessThan(mostGrowthBytes);
    expect(growth.executor).toBeLessThan(mostGrowthBytes);
    expect(growth.slowestEchoMs).toBeLessThan(1_000);
  },
);
