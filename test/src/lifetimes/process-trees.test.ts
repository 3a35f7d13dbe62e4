import { connectExecutor } from "@fairlead/link";
import { processesWithMarker, waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { startDaemon } from "../failures/support/executor-daemon.js";
import { createScene } from "../failures/support/scene.js";
import { launchScript } from "./support/launch.js";
import { waitUntilServersGone } from "./support/server-processes.js";

/** Every shape in which programs leave their parents; `sleep` carries the marker in its environment. */
const trees: readonly (readonly [name: string, script: string, processes: number])[] = [
  ["a wrapper that waits for its child", "sleep 600 & echo ready; wait", 2],
  ["a wrapper that became its child", "echo ready; exec sleep 600", 1],
  ["a wrapper in a wrapper", `sh -c 'sh -c "sleep 600 & echo ready; wait"; true'; true`, 4],
  ["a double fork", "sh -c 'sleep 600 & sleep 601 &'; echo ready; sleep 602", 4],
  ["a session of its own", "setsid sleep 600 & echo ready; wait", 2],
  [
    "a daemon: double fork and a session of its own",
    "setsid sh -c 'sleep 600 & exec sleep 601' & echo ready; sleep 602",
    4,
  ],
  ["children that ignore SIGTERM", `sh -c 'trap "" TERM; sleep 600 & wait' & echo ready; wait`, 3],
  ["a stopped child", "sleep 600 & kill -STOP $!; echo ready; wait", 2],
  ["a parent that has ended already", "(sleep 600 &); echo ready", 1],
];

const hasty = { stdinGraceMs: 100, termGraceMs: 300 };

test.each(trees)("stop finds and ends %s", async (_, script, count) => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  await using session = await connectExecutor({
    url: daemon.address,
    clientName: "test",
    clientVersion: "0",
  });
  const { process, ready } = await launchScript(session, scene.marker, script);
  await ready;
  const living = (): number => processesWithMarker(scene.marker).length - 1;
  await waitUntil(() => living() === count, {
    withinMs: 3_000,
    what: () => `${count} processes, not ${living()},`,
  });
  const report = await process.stop(hasty);
  expect(report.survived).toEqual([]);
  expect(report.blindSpots).toEqual([]);
  expect(report.ended.length + report.forced.length).toBeGreaterThanOrEqual(count);
  expect(processesWithMarker(scene.marker).map(({ pid }) => pid)).toEqual([daemon.pid]);
});

test("the end of a session ends all of its trees at once", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene);
  const session = await connectExecutor({ url: daemon.address, clientName: "test", clientVersion: "0" });
  for (const [, script] of trees) await (await launchScript(session, scene.marker, script)).ready;
  const startedAtMs = performance.now();
  const report = await session.close(hasty);
  expect(performance.now() - startedAtMs).toBeLessThan(3_000);
  expect(report.survived).toEqual([]);
  await waitUntilServersGone(scene, 100);
  expect(processesWithMarker(scene.marker).map(({ pid }) => pid)).toEqual([daemon.pid]);
});
