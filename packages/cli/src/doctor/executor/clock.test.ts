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
  { what: "in between", clockMs: 500, wayMs: 1_000, status: "ok", skewMs: 0 },
  { what: "half a minute ahead", clockMs: 31_000, wayMs: 1_000, status: "failed", skewMs: 30_000 },
  { what: "an hour behind", clockMs: -3_600_000, wayMs: 1_000, status: "failed", skewMs: -3_600_000 },
  // Nobody can tell when within two minutes the other side looked at its clock.
  { what: "ahead by less than the way takes", clockMs: 60_000, wayMs: 120_000, status: "ok", skewMs: 0 },
] as const)("a clock $what", async ({ clockMs, wayMs, status, skewMs }) => {
  const times = [noon, noon + wayMs];
  const outcome = await checkClock(sessionAt(noon + clockMs), () => times.shift() ?? 0);
  expect(outcome).toMatchObject({ status, details: { skewMs } });
});
