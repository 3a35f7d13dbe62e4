import { expect, it } from "vitest";
import { processStartMs } from "./process-start.js";

it("tells when a process began, and nothing of one that is not there", async () => {
  const startMs = Date.now() - process.uptime() * 1_000;
  expect(Math.abs(((await processStartMs(process.pid)) ?? 0) - startMs)).toBeLessThan(5_000);
  expect(await processStartMs(2 ** 22 + 1)).toBeUndefined();
});
