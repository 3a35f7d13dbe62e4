import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { processesMatching, waitUntilGone } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { type ExecutorDaemon, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import {
  connectDoomed,
  journals,
  startTrees,
  treeProcesses,
  waitUntilEnded,
  watchdogsOf,
} from "./support/trees.js";

const killedLine = /^fairlead-executor: ended \d+ processes that an executor left behind when it died\n$/;

/** Leaves every shape of tree behind, with nobody to end them. */
async function leaveTrees(scene: Scene): Promise<ExecutorDaemon> {
  const daemon = await startDaemon(scene);
  const client = await connectDoomed(daemon);
  await startTrees(scene, client.session);
  const watchdogs = watchdogsOf(daemon);
  expect(watchdogs).toHaveLength(1);
  // Suspended first: it must not see the end of the other in the moment between the two kills.
  for (const { pid } of watchdogs) process.kill(pid, "SIGSTOP");
  daemon.kill("SIGKILL");
  for (const { pid } of watchdogs) process.kill(pid, "SIGKILL");
  await daemon.exited;
  await waitUntilEnded(watchdogs, 1_000);
  await client[Symbol.asyncDispose]();
  expect(treeProcesses(scene, []).length).toBeGreaterThan(4);
  return daemon;
}

test("the next start ends what an executor left behind that was killed together with its watchdog", async () => {
  await using scene = await createScene();
  await leaveTrees(scene);
  await using next = await startDaemon(scene);
  // It told its address, so it has done that already.
  expect(treeProcesses(scene, [next])).toEqual([]);
  expect(next.stderr()).toMatch(killedLine);
  expect(await journals(scene)).toEqual(new Map());
});

test("two starts at once end everything once, and both run", async () => {
  await using scene = await createScene();
  await leaveTrees(scene);
  const [one, two] = await Promise.all([
    startDaemon(scene),
    startDaemon(scene, { listen: `unix://${scene.folder.file("other/x.sock")}` }),
  ]);
  await using _one = one;
  await using _two = two;
  await expect.poll(() => treeProcesses(scene, [one, two]), { timeout: 2_000 }).toEqual([]);
  const told = [one.stderr(), two.stderr()].filter((text) => text !== "");
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(killedLine);
  await expect.poll(() => journals(scene), { timeout: 1_000 }).toEqual(new Map());
});

test("a server of the host's own executor is ended by the next command, should all of them be killed at once", async () => {
  await using scene = await createScene();
  const script = "trap '' TERM HUP; while :; do sleep 0.05; done";
  const argv = ["run", "--", "sh", "-c", `echo '{}'; sh -c "${script}" $0 & ${script}`, scene.marker];
  const command = await scene.start(argv);
  await command.nextMessage(() => true);
  const ours = processesMatching(({ cmdline, environ = [] }) => {
    const isOurs = cmdline.some((part) => basename(part) === "fairlead-executor.js");
    return isOurs && environ.includes(`SCENE_MARKER=${scene.marker}`);
  });
  expect(ours).toHaveLength(1);
  const executor = { pid: ours[0]?.pid ?? 0 };
  const watchdogs = watchdogsOf(executor);
  expect(watchdogs).toHaveLength(1);
  for (const { pid } of watchdogs) process.kill(pid, "SIGSTOP");
  command.kill("SIGKILL");
  process.kill(executor.pid, "SIGKILL");
  for (const { pid } of watchdogs) process.kill(pid, "SIGKILL");
  await waitUntilEnded([...ours, ...watchdogs], 1_000);
  expect(treeProcesses(scene, []).length).toBeGreaterThanOrEqual(2);
  expect(await scene.fairlead(["run", "--", "true"])).toMatchObject({ code: 0 });
  await waitUntilGone(scene.marker, { withinMs: 100 });
});

test("a process that has got a recorded pid by now is never touched", async () => {
  await using scene = await createScene();
  const daemon = await leaveTrees(scene);
  const innocent = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  const [[name, text] = ["", ""]] = await journals(scene);
  const forged = text.replaceAll(/("tree":\{"treeId":"\w+","pid":)\d+/g, `$1${innocent.pid}`);
  expect(forged).not.toBe(text);
  await writeFile(scene.folder.file(`home/run/trees/${name}`), forged);
  await using next = await startDaemon(scene);
  expect(next.address).toBe(daemon.address);
  // All others are found by the mark of their owner.
  expect(treeProcesses(scene, [next])).toEqual([]);
  expect(innocent.exitCode ?? innocent.signalCode).toBeNull();
  const ended = once(innocent, "exit");
  innocent.kill("SIGTERM");
  expect(await ended).toEqual([null, "SIGTERM"]);
});

test("a journal that says nothing sensible stops nobody from starting", async () => {
  await using scene = await createScene();
  const folder = scene.folder.file("home/run/trees");
  await mkdir(folder, { recursive: true });
  const name = `o_${"0".repeat(32)}.jsonl`;
  await writeFile(`${folder}/${name}`, "\0\0garbage");
  await using daemon = await startDaemon(scene);
  expect(daemon.stderr()).toBe("");
  expect(await readFile(`${folder}/${name}`, "utf8")).toBe("\0\0garbage");
});
