import { chmod, mkdir, readdir, stat } from "node:fs/promises";
import { basename } from "node:path";
import { processesMatching, processesWithMarker } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";
import { waitUntilEnded, watchdogsOf } from "../trees/support/trees.js";
import { runDoctor, type ToldCheck, unwell } from "./support/run-doctor.js";

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

function find(checks: readonly ToldCheck[], id: string): ToldCheck | undefined {
  return checks.find((check) => check.id === id);
}

test("a home, tokens and sockets that are not as they should be are found, and mended when that is wished", async () => {
  await using scene = await createScene();
  const home = scene.folder.file("home");
  await scene.configure('default_exectuor = "local"\n');
  await chmod(home, 0o755);
  for (const name of ["executor.token", "gateway-token"]) {
    await chmod(await scene.folder.write(`home/${name}`, "SENTINEL-of-a-wrong-bearer-token\n"), 0o644);
  }
  await mkdir(scene.folder.file("home/credentials"), { mode: 0o700 });
  // No process has a number as large as this.
  await scene.folder.write("home/run/2147483646.sock", "");
  await scene.folder.write("home/run/hub-start.lock", "2147483646 word");

  const { checks, result } = await runDoctor(scene);
  expect(find(checks, "home")).toMatchObject({
    status: "failed",
    machine: "host",
    summary: `${home} is open to others (mode 0755)`,
    remediation: expect.stringContaining(`chmod 700 ${home}`),
  });
  expect(find(checks, "home-files")).toMatchObject({
    status: "failed",
    remediation: expect.stringContaining(`chmod go= ${home}/gateway-token`),
  });
  expect(find(checks, "config")).toMatchObject({
    status: "warning",
    details: { message: expect.stringMatching(/default_exectuor.*default_executor/) },
  });
  expect(find(checks, "run-folder")).toMatchObject({
    status: "warning",
    summary: expect.stringContaining("2147483646.sock, hub-start.lock"),
    remediation: "fairlead doctor --fix",
  });
  expect(result.code).toBe(2);
  expect(await modeOf(home)).toBe("755");

  const config = await scene.configText();
  const fixed = await runDoctor(scene, ["--fix"]);
  expect(unwell(fixed.checks)).toEqual([expect.stringContaining("host config warning")]);
  expect(fixed.checks.filter((check) => check.fixed !== undefined).map(({ id }) => id)).toEqual([
    "home",
    "home-files",
    "run-folder",
  ]);
  expect([await modeOf(home), await modeOf(`${home}/executor.token`)]).toEqual(["700", "600"]);
  expect(await readdir(`${home}/run`)).toEqual([]);
  expect(await scene.configText()).toBe(config);
  expect(fixed.result.code).toBe(0);
});

test("a configuration that cannot be read is told, and what needs it is not possible", async () => {
  await using scene = await createScene();
  await scene.configure('[mcp_servers.x]\ncommand = "a"\nurl = "http://b.invalid"\n');
  const { checks, result } = await runDoctor(scene);
  expect(find(checks, "config")).toMatchObject({ status: "failed", details: { reason: "config_invalid" } });
  expect(find(checks, "credentials")).toMatchObject({ status: "skipped", details: { because: "config" } });
  expect(result.code).toBe(2);
  await scene.configure("unknown_key = 1\n");
  const strict = await runDoctor(scene, ["--strict-config"]);
  expect(find(strict.checks, "config")).toMatchObject({ status: "failed" });
});

test("a home that is not there, or cannot be written, is told before anything else", async () => {
  await using scene = await createScene();
  const none = await runDoctor(scene, [], { env: { FAIRLEAD_HOME: "/none/home" } });
  expect(find(none.checks, "home")).toMatchObject({ status: "failed", details: { reason: "home_invalid" } });
  for (const id of ["config", "orphans", "run-folder"]) {
    expect(find(none.checks, id)).toMatchObject({ status: "skipped", details: { because: "home" } });
  }
  expect(none.result.code).toBe(2);
  // Nobody can write there, not even root.
  const sealed = await runDoctor(scene, [], { env: { FAIRLEAD_HOME: "/proc/sys" } });
  expect(find(sealed.checks, "home")).toMatchObject({
    status: "failed",
    summary: "/proc/sys cannot be written",
  });
});

test.skipIf(process.platform !== "linux")(
  "what an executor left that was killed with its watchdog is found, told, and ended when that is wished",
  async () => {
    await using scene = await createScene();
    await leaveOrphans(scene);
    const orphans = (): readonly number[] => processesWithMarker(scene.marker).map(({ pid }) => pid);
    expect(orphans().length).toBeGreaterThan(0);
    await scene.configure("");
    const { checks, result } = await runDoctor(scene);
    expect(find(checks, "orphans")).toMatchObject({
      status: "failed",
      machine: "host",
      remediation: expect.stringMatching(/^fairlead doctor --fix$/m),
      details: { reason: "tree_survived" },
    });
    expect(result.code).toBe(1);
    expect(orphans().length).toBeGreaterThan(0);
    const fixed = await runDoctor(scene, ["--fix"]);
    expect(find(fixed.checks, "orphans")).toMatchObject({
      status: "ok",
      fixed: expect.stringMatching(/^ended \d+/),
    });
    expect(orphans()).toEqual([]);
  },
);

/** A program of a local executor that heeds nothing, all of whose keepers were killed at once. */
async function leaveOrphans(scene: Scene): Promise<void> {
  const script = "trap '' TERM HUP; echo '{}'; while :; do sleep 0.05; done";
  const command = await scene.start(["run", "--", "sh", "-c", script, scene.marker]);
  await command.nextMessage(() => true);
  const [executor] = processesMatching(({ cmdline, environ = [] }) => {
    const isOurs = cmdline.some((part) => basename(part) === "fairlead-executor.js");
    return isOurs && environ.includes(`SCENE_MARKER=${scene.marker}`);
  });
  if (executor === undefined) throw new Error("No executor was started");
  const watchdogs = watchdogsOf(executor);
  // Suspended first: it must not see the end of the other in the moment between the two kills.
  for (const { pid } of watchdogs) process.kill(pid, "SIGSTOP");
  command.kill("SIGKILL");
  process.kill(executor.pid, "SIGKILL");
  for (const { pid } of watchdogs) process.kill(pid, "SIGKILL");
  await command.exited;
  await waitUntilEnded([executor, ...watchdogs], 5_000);
}
