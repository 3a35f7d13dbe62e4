import type { ExecutorSession } from "@fairlead/link";
import { expect, test } from "vitest";
import { checkClock } from "./clock.js";

const machine = {
  os: "linux",
  arch: "x64",
  pathConvention: "posix",
  caseSensitivePaths: true,
  shell: "/bin/sh",
  home: "/home/me",
  temp: "/tmp",
  cwd: "/",
  hostname: "far",
  executorVersion: "0.1.0",
} as const;

function sessionAt(clockMs: number): Pick<ExecutorSession, "describe"> {
  const description = { machine: { ...machine, clockMs } } as unknown as Awaited<
    ReturnType<ExecutorSession["describe"]>
  >;
  return { describe: () => Promise.resolve(description) };
}

const noon = 1_700_000_000_000;

test.each([
  ["in between", noon + 500, noon, noon + 1_000, "ok", 0],
  ["half a minute ahead", noon + 31_000, noon, noon + 1_000, "failed", 30_000],
  ["an hour behind", noon - 3_600_000, noon, noon + 1_000, "failed", -3_600_000],
  // Nobody can tell when within two minutes the other side looked at its clock.
  ["ahead by less than the way takes", noon + 60_000, noon, noon + 120_000, "ok", 0],
] as const)("a clock %s", async (_what, clockMs, askedMs, answeredMs, status, skewMs) => {
  const times = [askedMs, answeredMs];
  const outcome = await checkClock(sessionAt(clockMs), () => times.shift() ?? 0);
  expect(outcome).toMatchObject({ status, details: { skewMs } });
});
