import { expect, test } from "vitest";
import { clipListed } from "./clip-listed.js";

const one = {
  processId: "p",
  sessionId: "s",
  clientName: "test",
  pid: 1,
  program: "/bin/tool",
  args: ["-c", "short"],
  startedAtMs: 1,
  labels: { server: "files" },
  exit: undefined,
  tree: [],
};

test("a command line of usual size is told as it is", () => {
  expect(clipListed([one])).toEqual([one]);
});

test("a large command line is clipped between two characters, and told to be", () => {
  const [clipped] = clipListed([{ ...one, args: ["-c", "ä€😀".repeat(100_000), "never told"] }]);
  expect(clipped?.args).toHaveLength(2);
  const last = clipped?.args[1] ?? "";
  expect(last).toMatch(/^(ä€😀)+(ä|ä€)?…$/u);
  expect(Buffer.byteLength(last)).toBeLessThanOrEqual(4_096);
  expect(Buffer.byteLength(last)).toBeGreaterThan(4_000);
});

test("ps fits one message though a thousand processes have large command lines and labels", () => {
  const large = { ...one, args: ["x".repeat(100_000)], labels: { server: "y".repeat(4_000) } };
  const clipped = clipListed(Array.from({ length: 1_024 }, () => large));
  expect(Buffer.byteLength(JSON.stringify(clipped))).toBeLessThan(3 * 1024 * 1024);
  expect(clipped[0]?.args[0]).toMatch(/^x{900,}…$/);
});

test("many empty arguments count too", () => {
  const [clipped] = clipListed([{ ...one, args: Array.from({ length: 60_000 }, () => "") }]);
  expect(clipped?.args.length).toBeLessThan(3_000);
  expect(clipped?.args.at(-1)).toBe("…");
});
