import { type CommandResult, runCommand } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outputOf } from "../servers/support/output-of.js";
import { type Consumer, openConsumer } from "./support/consumer.js";
import { findTools } from "./support/find-tools.js";
import { openRelease, type Release } from "./support/release.js";

const checkers = await findTools("checkers", "checks of the package");

describe.skipIf(checkers === undefined)("the published package, looked at by others,", () => {
  let release: Release;
  let consumer: Consumer;
  beforeAll(async () => {
    release = await openRelease();
    consumer = await openConsumer(release);
  });
  afterAll(async () => release[Symbol.asyncDispose]());

  function check(program: string, ...args: string[]): Promise<CommandResult> {
    const argv = [process.execPath, checkers?.[program] ?? "", ...args];
    const env = { ...process.env, NO_COLOR: "1" };
    return runCommand(argv, { cwd: consumer.project, env, timeoutMs: 120_000 });
  }

  test("has nothing that publint finds", async () => {
    const args = [consumer.packageFolder, "--pack", "false", "--strict"];
    expect(outputOf(await check("publint", ...args))).toContain("All good!");
  });

  test("has types that are found in every way to resolve them", async () => {
    // It is ESM alone. Every Node that we run on lets CommonJS require it, which this checker does not count.
    const rules = ["--ignore-rules", "cjs-resolves-to-esm"];
    expect(outputOf(await check("attw", release.tarball, ...rules))).toContain("No problems found");
  });

  test("has types that an older compiler takes", async () => {
    const { code, stdout } = await consumer.compile(checkers?.["typescript"] ?? "", consumer.example);
    expect([code, stdout]).toEqual([0, ""]);
  });
});
