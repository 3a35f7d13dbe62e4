import { describe, expect, test } from "vitest";
import { startDaemon } from "../failures/support/executor-daemon.js";
import { canCount, useBystander } from "./support/bystander.js";
import { expectToldLost } from "./support/expect-told-lost.js";
import { ladderMs, slackMs } from "./support/limits.js";
import { type Running, runLocally, runRemotely } from "./support/running.js";

const startDaemonOnTcp: Parameters<typeof runRemotely>[0] = (scene) =>
  startDaemon(scene, { listen: "127.0.0.1:0" });

const places: readonly (readonly [name: string, run: () => Promise<Running>])[] = [
  ["on TCP", () => runRemotely(startDaemonOnTcp)],
  ["of the host", () => runLocally()],
];

describe.runIf(canCount())("when the executor is killed", () => {
  const expectBystanderUntouched = useBystander();

  test.concurrent.each(places)("its watchdog ends the tree, and itself; executor: %s", async (_, run) => {
    await using running = await run();
    const { tree, host, executor } = running;
    process.kill(executor.pid, "SIGKILL");
    await tree.waitUntilGone(ladderMs + slackMs);
    await executor.waitUntilGone(slackMs);
    await expectToldLost(host);
    expect(await tree.startCount()).toBe(1);
    expectBystanderUntouched();
  });
});

describe.runIf(canCount())("when the executor is killed together with its watchdog", () => {
  const expectBystanderUntouched = useBystander();

  test.concurrent("the next start with the same state ends the tree; executor: on TCP", async () => {
    await using running = await runRemotely(startDaemonOnTcp);
    const { scene, tree, host, executor } = running;
    executor.killAll();
    await executor.waitUntilGone(slackMs);
    // Those that do not care for the end of their input are still there, and nobody else ends them.
    expect(tree.survivors().length).toBeGreaterThan(5);
    await using next = await startDaemonOnTcp(scene);
    expect(next.pid).not.toBe(executor.pid);
    await tree.waitUntilGone(ladderMs + slackMs);
    await expectToldLost(host);
    expectBystanderUntouched();
  });

  test.concurrent("the host, or the next command in its home, ends the tree; executor: of the host", async () => {
    await using running = await runLocally();
    const { scene, tree, host, executor } = running;
    executor.killAll();
    await executor.waitUntilGone(slackMs);
    expect(tree.survivors().length).toBeGreaterThan(5);
    await expectToldLost(host);
    expect(await scene.fairlead(["run", "--", "true"])).toMatchObject({ code: 0, stderr: "" });
    await tree.waitUntilGone(ladderMs + slackMs);
    expectBystanderUntouched();
  });
});
