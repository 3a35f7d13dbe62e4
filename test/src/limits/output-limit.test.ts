import type { LaunchedProcess, LaunchSpec, ProcessExit } from "@fairlead/core";
import { expect, test } from "vitest";
import { type LimitedExecutor, startBystander, startLimited } from "./support/limited-executor.js";

const limitBytes = 300_000;

interface Outcome {
  readonly exit: ProcessExit;
  readonly bytes: { stdout: number; stderr: number };
}

async function run(
  limited: LimitedExecutor,
  script: string,
  more: Partial<LaunchSpec> = {},
): Promise<Outcome> {
  await using session = await limited.open();
  const bytes = { stdout: 0, stderr: 0 };
  const owed = { stdout: 0, stderr: 0 };
  const launched: { process?: LaunchedProcess } = {};
  const process = await session.launcher.launch(
    {
      program: "/bin/sh",
      args: ["-c", script],
      env: { set: { MARKER: limited.marker } },
      outputLimitBytes: limitBytes,
      ...more,
    },
    {
      onOutput: (name, chunk) => {
        bytes[name] += chunk.length;
        if (launched.process === undefined) owed[name] += chunk.length;
        else launched.process.consumed(name, chunk.length);
      },
    },
  );
  launched.process = process;
  for (const name of ["stdout", "stderr"] as const) process.consumed(name, owed[name]);
  return { exit: await process.closed, bytes };
}

const write = (byteCount: number): string => `head -c ${byteCount} /dev/zero`;

test("a process may write as much as its launch allows", async () => {
  await using limited = await startLimited({});
  const outcome = await run(limited, `${write(200_000)}; ${write(100_000)} >&2; exit 3`);
  expect(outcome).toEqual({
    exit: { reason: "exited", code: 3, signal: null },
    bytes: { stdout: 200_000, stderr: 100_000 },
  });
});

test("one byte more ends its tree, and what came before is delivered", async () => {
  await using limited = await startLimited({});
  const bystander = await startBystander(limited);
  const { exit, bytes } = await run(limited, `${write(200_000)}; ${write(100_001)} >&2; sleep 600 & wait`);
  expect(exit.reason).toBe("output_limit");
  expect(bytes).toEqual({ stdout: 200_000, stderr: 100_000 });
  await bystander.echo("still here");
});

test("a flood is ended too, and the next launch begins at nothing", async () => {
  await using limited = await startLimited({});
  const { exit, bytes } = await run(limited, "exec cat /dev/zero");
  expect(exit.reason).toBe("output_limit");
  expect(bytes.stdout).toBe(limitBytes);
  expect((await run(limited, write(limitBytes))).exit).toMatchObject({ reason: "exited", code: 0 });
});
