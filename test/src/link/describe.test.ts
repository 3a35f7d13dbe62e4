import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { defaultExecutorLimits } from "@fairlead/core";
import { workspaceRoot } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { executorTable } from "../failures/support/executor-daemon.js";
import { connect } from "./support/connected.js";
import { launchReader } from "./support/launch-reader.js";

const { version } = JSON.parse(readFileSync(`${workspaceRoot()}/packages/cli/package.json`, "utf8")) as {
  version: string;
};

test("an executor describes its machine, its limits and its load", async () => {
  await using connected = await connect();
  const { session, scene } = connected;
  const child = await launchReader(session, ["cat"]);
  await using other = await connected.open();
  const description = await other.describe();
  expect(description.machine).toMatchObject({
    os: process.platform,
    arch: process.arch,
    pathConvention: "posix",
    home: scene.env["HOME"],
    temp: scene.env["TMPDIR"],
    hostname: hostname(),
    executorVersion: version,
  });
  expect(Math.abs(description.machine.clockMs - Date.now())).toBeLessThan(5_000);
  expect(description.limits).toEqual(defaultExecutorLimits);
  expect(description).toMatchObject({
    features: ["files", "http", "probe", "pty", "shell_profile"],
    sessions: 2,
    processes: 1,
  });
  expect(description.uptimeMs).toBeGreaterThan(0);
  // What was told at the opening is the same.
  expect(other.limits).toEqual(description.limits);
  expect({ ...other.machine, clockMs: 0 }).toEqual({ ...description.machine, clockMs: 0 });
  await child.process.stop();
  expect(await other.describe()).toMatchObject({ sessions: 2, processes: 0 });
});

test("executor describe shows it to people and to programs", async () => {
  await using connected = await connect();
  const { scene, daemon } = connected;
  await scene.configure(executorTable("far", daemon));
  const plain = await scene.fairlead(["executor", "describe", "far"]);
  expect(plain).toMatchObject({ code: 0, stderr: "" });
  expect(plain.stdout).toMatch(`far: ${hostname()}, ${process.platform} ${process.arch}\n`);
  expect(plain.stdout).toMatch(`version    ${version}`);
  const json = await scene.fairlead(["executor", "describe", "far", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({
    name: "far",
    machine: { hostname: hostname() },
    limits: { windowBytes: defaultExecutorLimits.windowBytes },
  });
});
