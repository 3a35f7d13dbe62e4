import type { LaunchSpec } from "@fairlead/core";
import { expect, test } from "vitest";
import { type LimitedExecutor, startBystander, startLimited } from "./support/limited-executor.js";

const refused = { code: "resource_exhausted", reason: "limit_reached", effect: "none" } as const;
const secret = "SENTINEL-of-a-large-variable";

/** Launches, and waits for the end of what was launched. @returns its exit code */
async function run(limited: LimitedExecutor, spec: LaunchSpec): Promise<number | null> {
  await using session = await limited.open();
  const process = await session.launcher.launch(spec, { onOutput: () => {} });
  return (await process.closed).code;
}

/** `true` with arguments that make program and arguments together so many bytes. */
function withArguments(sizeBytes: number): LaunchSpec {
  const program = "/bin/true";
  const rest = sizeBytes - program.length;
  // Bytes, not letters: ü has two.
  return { program, args: ["ü".repeat(10), "x".repeat(rest - 20)] };
}

/** `true` with set variables that make names and values together so many bytes. */
function withEnvironment(marker: string, sizeBytes: number): LaunchSpec {
  const small = { MARKER: marker, ü: "ü" };
  const used = Object.entries(small).reduce((sum, pair) => sum + Buffer.byteLength(pair.join("")), 0);
  const value = secret.padEnd(sizeBytes - used - "BIG".length, "x");
  return { program: "/bin/true", args: [], env: { set: { ...small, BIG: value } } };
}

test.each([
  ["as many as anybody gets", undefined, 128 * 1024],
  ["fewer", 2_000, 2_000],
])("arguments up to the executor's limit go through, and no more: %s", async (_, argumentBytes, limit) => {
  await using limited = await startLimited(argumentBytes === undefined ? {} : { argumentBytes });
  const bystander = await startBystander(limited);
  expect(await run(limited, withArguments(limit))).toBe(0);
  const tooMany = run(limited, withArguments(limit + 1));
  await expect(tooMany).rejects.toMatchObject(refused);
  await expect(tooMany).rejects.toThrow(`${limit + 1} bytes; at most ${limit}`);
  await bystander.echo("still here");
  expect(await run(limited, withArguments(limit))).toBe(0);
});

test.each([
  ["as much as anybody gets", undefined, 128 * 1024],
  ["less", 2_000, 2_000],
])(
  "an environment up to the executor's limit goes through, and no more: %s",
  async (_, environmentBytes, limit) => {
    await using limited = await startLimited(environmentBytes === undefined ? {} : { environmentBytes });
    const bystander = await startBystander(limited);
    expect(await run(limited, withEnvironment(limited.marker, limit))).toBe(0);
    const tooMuch = run(limited, withEnvironment(limited.marker, limit + 1));
    await expect(tooMuch).rejects.toMatchObject(refused);
    await expect(tooMuch).rejects.toThrow(`${limit + 1} bytes; at most ${limit}`);
    await expect(tooMuch).rejects.toThrow(expect.not.stringContaining(secret));
    await bystander.echo("still here");
  },
);

test("more than this system itself takes in one argument is told as a limit too", async () => {
  await using limited = await startLimited({ argumentBytes: 512 * 1024 });
  // Linux takes 128 KiB in one string, whatever else it takes.
  const spec = { program: "/bin/true", args: ["x".repeat(300 * 1024)] };
  await expect(run(limited, spec)).rejects.toMatchObject(refused);
});
