import { chmod, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { planService } from "./plan-service.js";

let home: string;
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), "fl-plan-")));
});
afterEach(() => rm(home, { recursive: true }));

const plan = (flags: Parameters<typeof planService>[0], named = true) =>
  planService(flags, {
    platform: "linux",
    env: named ? { FAIRLEAD_HOME: home } : {},
    execPath: "/opt/node/bin/node",
  });

describe("a planned service", () => {
  test("runs this runtime and this script, with the home that was named", async () => {
    const { launch, place } = await plan({});
    const [node, script, ...args] = launch.argv;
    expect(node).toBe("/opt/node/bin/node");
    expect(script).toMatch(/^\/.*fairlead-executor\.js$/);
    expect(args).toEqual(["serve", "--state-dir", home]);
    expect(place.listen).toBe(`unix://${home}/run/executor.sock`);
  });

  test("has absolute paths on its command line, and never a token", async () => {
    const token = "a-token-that-must-not-be-seen";
    await writeFile(join(home, "executor.token"), `${token}\n`, { mode: 0o600 });
    const { launch, text } = await plan({ listen: "127.0.0.1:0", tokenFile: "relative.token" });
    const tokenFile = join(process.cwd(), "relative.token");
    const flags = `--listen 127.0.0.1:0 --state-dir ${home} --token-file ${tokenFile}`;
    expect(launch.argv.slice(3).join(" ")).toBe(flags);
    expect(text).not.toContain(token);
  });

  test.each([
    [{ listen: "0.0.0.0:7040" }, "insecure_transport"],
    [{ listen: "somewhere" }, "argument_invalid"],
    [{ listen: "127.0.0.1:0", tokenFile: "/none/such/token" }, "bad_token"],
    [{ tlsCert: "/none.pem" }, "argument_invalid"],
    [{ stateDir: "/none/such" }, "home_invalid"],
    [{ stateDir: "with\nbreak" }, "home_invalid"],
  ])("is refused with %j, as serve would refuse it", async (flags, reason) => {
    await expect(plan(flags)).rejects.toMatchObject({ code: "usage", reason });
  });

  test.each([
    ["short\n", 0o600, "bad_token"],
    [`${"t".repeat(40)}\n`, 0o644, "insecure_transport"],
  ])("is refused where its token is %j with mode %i", async (text, mode, reason) => {
    const path = join(home, "executor.token");
    await writeFile(path, text);
    await chmod(path, mode);
    await expect(plan({ listen: "127.0.0.1:0" })).rejects.toMatchObject({ code: "usage", reason });
  });

  test("is no file on a system that has none of the three", async () => {
    const around = { platform: "openbsd" as const, env: { FAIRLEAD_HOME: home }, execPath: "/usr/bin/node" };
    await expect(planService({}, around)).rejects.toThrow("ulimit -c 0 && exec fairlead-executor serve");
  });
});
