import { existsSync } from "node:fs";
import { connectExecutor } from "@fairlead/link";
import { processesMatching, waitUntilGone } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { startDaemon } from "../failures/support/executor-daemon.js";
import { createScene } from "../failures/support/scene.js";
import { launchScript } from "../lifetimes/support/launch.js";
import {
  allTrees,
  connectDoomed,
  journals,
  startTrees,
  treeProcesses,
  waitUntilEnded,
  watchdogsOf,
} from "./support/trees.js";

/** The last grace before SIGKILL is half a second; the rest is a busy machine. */
const withinMs = 2_000;

test.each(allTrees)("the watchdog of a killed executor ends %s", async (_, script) => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  await using client = await connectDoomed(daemon);
  const { session } = client;
  await (await launchScript(session, scene.marker, script)).ready;
  expect(treeProcesses(scene, [daemon]).length).toBeGreaterThan(1);
  const watchdogs = watchdogsOf(daemon);
  expect(watchdogs).toHaveLength(1);
  daemon.kill("SIGKILL");
  await waitUntilGone(scene.marker, { withinMs });
  await waitUntilEnded(watchdogs, 1_000);
  expect(await journals(scene)).toEqual(new Map());
});

test("the watchdog ends all trees of its executor at once, and none of another one in the same home", async () => {
  await using scene = await createScene();
  await using doomed = await startDaemon(scene);
  await using other = await startDaemon(scene, { listen: `unix://${scene.folder.file("other/x.sock")}` });
  await using client = await connectDoomed(doomed);
  await startTrees(scene, client.session);
  await using spared = await connectExecutor({ url: other.address, clientName: "test", clientVersion: "0" });
  const kept = await launchScript(spared, scene.marker, "echo ready; exec cat");
  await kept.ready;
  expect(await journals(scene)).toHaveProperty("size", 2);
  doomed.kill("SIGKILL");
  await expect
    .poll(() => treeProcesses(scene, [other]).map(({ pid }) => pid), { timeout: withinMs })
    .toEqual([kept.process.pid]);
  await expect.poll(() => journals(scene), { timeout: 1_000 }).toHaveProperty("size", 1);
  // The process of the other one can still be talked to.
  await kept.process.closeStdin();
  expect(await kept.process.exited).toMatchObject({ reason: "exited", code: 0 });
});

test("an executor that nobody uses has no watchdog and no journal", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  expect(watchdogsOf(daemon)).toEqual([]);
  expect(await journals(scene)).toEqual(new Map());
});

test("a watchdog does not outlive an executor that ends well, and leaves no journal and no cgroup", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  const session = await connectExecutor({ url: daemon.address, clientName: "test", clientVersion: "0" });
  await (await launchScript(session, scene.marker, "echo ready; exec cat")).ready;
  const watchdogs = watchdogsOf(daemon);
  expect(watchdogs).toHaveLength(1);
  const [journal = ""] = (await journals(scene)).values();
  const cgroupPath = /"cgroupPath":"([^"]+)"/.exec(journal)?.[1];
  daemon.kill("SIGTERM");
  expect(await daemon.exited).toMatchObject({ code: 0 });
  const left = processesMatching(({ pid, startTime }) =>
    watchdogs.some((each) => each.pid === pid && each.startTime === startTime),
  );
  expect(left).toEqual([]);
  expect(await journals(scene)).toEqual(new Map());
  expect(existsSync(cgroupPath ?? "/nonexistent")).toBe(false);
  await session.close().catch(() => {});
});

test("a watchdog shrugs off what ends its executor politely, and one that is killed is replaced", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  await using client = await connectDoomed(daemon);
  const { session } = client;
  await (await launchScript(session, scene.marker, "echo ready; exec cat")).ready;
  const [first] = watchdogsOf(daemon);
  const pid = first?.pid ?? 0;
  for (const name of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.kill(pid, name);
  await (await launchScript(session, scene.marker, "echo ready; exec cat")).ready;
  expect(watchdogsOf(daemon)).toMatchObject([{ pid }]);
  process.kill(pid, "SIGKILL");
  await expect.poll(() => watchdogsOf(daemon).map((each) => each.pid), { timeout: 5_000 }).not.toContain(pid);
  await expect.poll(() => watchdogsOf(daemon).length, { timeout: 5_000 }).toBe(1);
  await (await launchScript(session, scene.marker, "echo ready; exec cat")).ready;
  daemon.kill("SIGKILL");
  await waitUntilGone(scene.marker, { withinMs });
});
